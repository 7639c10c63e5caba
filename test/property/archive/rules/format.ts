import { base, file, refused, rule, whole, type RuleCase } from './rule.ts';

/** The records of a sparse file of nine bytes, two of them data at its ends. */
const sparse = { 'GNU.sparse.realsize': '9', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': '0,1,8,1' };

/** The format. */
export const format: readonly RuleCase[] = [
  rule('E2', 'a contiguous file', [[{ type: 'contiguous', name: 'a', data: 'A' }]], ['a (1)']),
  rule('E2', 'a type that nobody knows', [base, [{ type: 'Z', name: 'z' }]], refused),
  rule(
    'E3',
    'a global header by the name of a whiteout',
    [base, [{ type: 'global', name: '.wh.d', records: [['comment', 'x']] }]],
    whole,
  ),
  rule(
    'E5',
    'one zero block between members',
    [base, [file('n'), { type: '@raw', data: { repeat: '\0', count: 512 } }, file('m')]],
    refused,
  ),
  rule('E6', 'no end', [[file('a'), { type: '@end', blocks: 0 }]], ['a (3)']),
  rule('E6', 'another archive after the end', [[file('a'), { type: '@append', data: 'garbage' }]], ['a (3)']),
  rule('E10', 'a time of change that is none', [[file('a', 'new', { pax: { ctime: '1..2' } })]], { refused: 0 }),
  rule(
    'E10',
    'a negative size that a record corrects',
    [[file('a', 'new', { fields: { size: { hex: 'ff'.repeat(12) } }, pax: { size: '3' } })]],
    {
      refused: 0,
    },
  ),
  rule(
    'E4',
    'two sizes of a sparse file, one of them empty',
    [[file('a', 'AB', { pax: { ...sparse, 'GNU.sparse.size': '' } })]],
    ['a (9)'],
  ),
  rule(
    'C9',
    'a long name of no bytes',
    [[{ type: 'gnu-long-name', name: '././@LongLink', format: 'gnu' }, file('a')]],
    ['a (3)'],
  ),
  rule(
    'C9',
    'a GNU header with a prefix where times should be',
    [[file('a', 'new', { format: 'gnu', prefix: 'some/directory/by/Go' })]],
    ['some/', 'some/directory/', 'some/directory/by/', 'some/directory/by/Go/', 'some/directory/by/Go/a (3)'],
  ),
  rule(
    'E10',
    'a PAX header of 2 MiB',
    [base, [file('n', 'new', { pax: { comment: { repeat: 'x', count: 2 << 20 } } })]],
    refused,
  ),
];
