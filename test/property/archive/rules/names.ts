import { base, dir, file, hardlink, mark, refused, rule, symlink, whole, type RuleCase } from './rule.ts';

/** Names at the edge. */
export const names: readonly RuleCase[] = [
  rule('C1', 'dots that leave the layer', [base, [file('d/../../e')]], refused),
  rule(
    'C1',
    "dots above the root in a link's target",
    [base, [file('e'), hardlink('d/h', '../e')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/h (3) = e', 'd/s/ 700', 'd/s/x (1)', 'e (3) = d/h', 'top (1)'],
  ),
  rule(
    'C1',
    'dots that stay in it',
    [base, [file('d/./s/../e')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/e (3)', 'd/s/ 700', 'd/s/x (1)', 'top (1)'],
  ),
  rule('C2', 'a whiteout of nothing at the root', [base, [mark('.wh.')]], refused),
  rule('C2', 'a whiteout of the root itself', [base, [mark('.wh..')]], refused),
  rule('C2', 'a whiteout of what is above', [base, [mark('d/.wh...')]], refused),
  rule('C3', 'a file that is the root', [base, [file('./')]], refused),
  rule('C3', 'a symlink that is the root', [base, [symlink('.', 'd')]], refused),
  rule('C4', 'through a symlink that leaves the root', [[symlink('s', '../../../../tmp')], [file('s/n')]], refused),
  rule(
    'C4',
    'the same where the path exists inside',
    [[symlink('s', '../../tmp'), dir('tmp')], [file('s/n')]],
    ['s -> ../../tmp', 'tmp/', 'tmp/n (3)'],
  ),
  rule('C4', 'through a dangling symlink', [[symlink('s', 'none')], [file('s/n')]], refused),
  rule('C5', 'a file below a whiteout', [base, [file('.wh.d/f')]], refused),
  rule('C5', 'a file below the marker', [base, [file('d/.wh..wh..opq/f')]], refused),
  rule('C6', 'a whiteout that is a directory', [base, [dir('.wh.d')]], ['top (1)']),
  rule('C6', 'a whiteout that is a hard link', [base, [hardlink('.wh.d', 'top')]], ['top (1)']),
  rule('C7', "AUFS's own names", [base, [dir('.wh..wh.orph'), file('.wh..wh.aufs'), file('.wh..wh.orph/x')]], whole),
  rule(
    'C7',
    'links of AUFS',
    [
      [
        dir('.wh..wh.plnk'),
        file('.wh..wh.plnk/1.2', 'L'),
        hardlink('a', '.wh..wh.plnk/1.2'),
        hardlink('b', '.wh..wh.plnk/1.2'),
      ],
    ],
    ['a (1) = b', 'b (1) = a'],
  ),
  rule(
    'C7',
    'links of AUFS in a layer over others',
    [
      base,
      [
        file('.wh..wh.plnk/.wh.1'),
        file('.wh..wh.plnk/1.2', 'L'),
        hardlink('d/a', '.wh..wh.plnk/1.2'),
        hardlink('e', '/.wh..wh.plnk/1.2'),
      ],
    ],
    ['d/ 750 7:8', 'd/a (1) = e', 'd/b (1)', 'd/s/ 700', 'd/s/x (1)', 'e (1) = d/a', 'top (1)'],
  ),
  rule(
    'C9',
    'two long names',
    [
      [
        { type: 'gnu-long-name', name: '././@LongLink', data: 'gnu\0', format: 'gnu' },
        file('x', 'new', { pax: { path: 'pax' } }),
      ],
    ],
    ['pax (3)'],
  ),
];
