import type { DumpRow } from '../../../src/core/tree/index.ts';
import type { Form } from './unpack-case.ts';
import type { CraftedEntry, LayerCase } from './layer-cases.ts';

/** A case of shared/spec/layer-rules.md, where the real tools disagree, and what is right there. */
export interface RuleCase extends LayerCase {
  /** The number of the rule. */
  readonly rule: string;
  /** The view in the words of `summary`, or the layer that is refused; of one form or of both. */
  readonly expected: Readonly<Partial<Record<Form | 'both', readonly string[] | { readonly refused: number }>>>;
}

const file = (name: string, data = 'new', more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'file',
  name,
  data,
  ...more,
});
const dir = (name: string, more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'dir',
  name: `${name}/`,
  ...more,
});
const symlink = (name: string, linkname: string): CraftedEntry => ({ type: 'symlink', name, linkname });
const hardlink = (name: string, linkname: string, more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'hardlink',
  name,
  linkname,
  ...more,
});
/** A whiteout or opaque marker by its whole name. */
const mark = (name: string): CraftedEntry => ({ type: 'file', name, mode: '0600' });

/** `d` with two files, a directory with one, and a file beside it. */
const base: readonly CraftedEntry[] = [
  dir('d', { mode: '0750', uid: 7, gid: 8 }),
  file('d/a', 'A'),
  file('d/b', 'B'),
  dir('d/s', { mode: '0700' }),
  file('d/s/x', 'X'),
  file('top', 'T'),
];
const refused = { refused: 1 } as const;

type Layers = readonly (readonly CraftedEntry[])[];
type Expected = readonly string[] | { readonly refused: number };

function rule(number: string, id: string, layers: Layers, expected: Expected | RuleCase['expected']): RuleCase {
  const both = Array.isArray(expected) || 'refused' in expected;
  return {
    id,
    group: number,
    why: '',
    rule: number,
    layers,
    expected: both ? { both: expected as Expected } : (expected as RuleCase['expected']),
  };
}

const whole = ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/x (1)', 'top (1)'];
const onlyNew = ['d/', 'd/n (3)', 'top (1)'];

/** Of each rule that tells how layers merge, at least one case; those of shared/layers have most of the others. */
export const ruleCases: readonly RuleCase[] = [
  // A: whiteouts say what is gone of the layers below, in whatever order they come.
  rule(
    'A4',
    'a file, then marks in the directory it replaced',
    [base, [file('d'), mark('d/.wh..wh..opq'), mark('d/.wh.a')]],
    ['d (3)', 'top (1)'],
  ),
  rule(
    'A4',
    'a symlink, then marks in the directory it replaced',
    [base, [dir('e'), file('e/a'), symlink('d', 'e'), mark('d/.wh.a')]],
    ['d -> e', 'e/', 'e/a (3)', 'top (1)'],
  ),
  rule(
    'A1',
    'a whiteout, then two levels over a lower file',
    [[file('d/s')], [mark('.wh.d'), file('d/s/n')]],
    ['d/', 'd/s/', 'd/s/n (3)'],
  ),
  rule('A1', 'whiteout, then the directory anew', [base, [mark('.wh.d'), dir('d'), file('d/n')]], onlyNew),
  rule('A1', 'whiteout, then an empty directory', [base, [mark('.wh.d'), dir('d')]], ['d/', 'top (1)']),
  rule(
    'A1',
    'nested',
    [base, [dir('d'), mark('d/.wh.s'), dir('d/s'), file('d/s/n')]],
    ['d/', 'd/a (1)', 'd/b (1)', 'd/s/', 'd/s/n (3)', 'top (1)'],
  ),
  rule('A2', 'file, then directory', [base, [file('d'), dir('d'), file('d/n')]], onlyNew),
  rule('A2', 'symlink, then directory', [base, [symlink('d', 'top'), dir('d'), file('d/n')]], onlyNew),
  rule('A2', 'file, then an implied directory is refused', [base, [file('d'), file('d/n')]], refused),
  rule('A3', 'opaque root, last', [base, [dir('d'), file('d/n'), mark('.wh..wh..opq')]], ['d/', 'd/n (3)']),
  rule(
    'A3',
    'opaque root, implied directory',
    [base, [file('d/s/n'), mark('.wh..wh..opq')]],
    ['d/', 'd/s/', 'd/s/n (3)'],
  ),
  rule('A3', 'opaque root, alone', [base, [mark('./.wh..wh..opq')]], []),
  rule('A3', 'opaque root, over two layers', [base, [file('e')], [mark('.wh..wh..opq'), file('f')]], ['f (3)']),
  rule('A3', 'after an opaque root a layer can add', [base, [mark('.wh..wh..opq')], [file('d/n')]], ['d/', 'd/n (3)']),
  rule(
    'A4',
    'a name, then its whiteout',
    [base, [file('top', 'new'), mark('.wh.top')]],
    [...whole.slice(0, 5), 'top (3)'],
  ),
  rule('A4', 'a directory, then its whiteout', [base, [dir('d'), file('d/n'), mark('.wh.d')]], onlyNew),
  rule('A4', 'an implied directory, then its whiteout', [base, [file('d/n'), mark('.wh.d')]], onlyNew),
  rule(
    'A4',
    'two implied directories, then the whiteout',
    [base, [file('d/s/n'), mark('.wh.d')]],
    ['d/', 'd/s/', 'd/s/n (3)', 'top (1)'],
  ),
  rule(
    'A5',
    'an implied sub-directory, then the marker',
    [base, [file('d/s/n'), mark('d/.wh..wh..opq')]],
    ['d/ 750 7:8', 'd/s/', 'd/s/n (3)', 'top (1)'],
  ),
  rule('A6', 'hard link to what the layer deletes', [base, [mark('.wh.top'), hardlink('b', 'top')]], refused),
  rule(
    'A9',
    'through a lower symlink',
    [[...base, symlink('l', 'd/s')], [file('l/n')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/n (3)', 'd/s/x (1)', 'l -> d/s', 'top (1)'],
  ),
  rule(
    'A9',
    'through an absolute lower symlink',
    [[...base, symlink('l', '/d')], [dir('l/e')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/e/', 'd/s/ 700', 'd/s/x (1)', 'l -> /d', 'top (1)'],
  ),
  rule(
    'A9',
    'a whiteout through a lower symlink',
    [[...base, symlink('l', 'd')], [mark('l/.wh.a')]],
    ['d/ 750 7:8', 'd/b (1)', 'd/s/ 700', 'd/s/x (1)', 'l -> d', 'top (1)'],
  ),
  rule(
    'A9',
    'an opaque mark through a lower symlink',
    [[...base, symlink('l', 'd')], [mark('l/.wh..wh..opq')]],
    ['d/ 750 7:8', 'l -> d', 'top (1)'],
  ),
  rule('A9', 'a parent that is a file', [base, [file('top/n')]], refused),
  rule('A9', 'a whiteout below a file', [base, [mark('top/.wh.n')]], refused),
  rule('A9', 'a marker below a file', [base, [mark('top/.wh..wh..opq')]], refused),
  rule(
    'A9',
    'a directory entry replaces a symlink',
    [
      [...base, symlink('l', 'd')],
      [dir('l'), file('l/n')],
    ],
    [...whole.slice(0, 5), 'l/', 'l/n (3)', 'top (1)'],
  ),
  rule(
    'A10',
    'hard link to a lower file',
    [base, [hardlink('b', 'd/a')]],
    ['b (1) = d/a', 'd/ 750 7:8', 'd/a (1) = b', 'd/b (1)', 'd/s/ 700', 'd/s/x (1)', 'top (1)'],
  ),
  rule(
    'A10',
    'its target deleted after it',
    [base, [hardlink('b', 'top'), mark('.wh.top')]],
    ['b (1)', ...whole.slice(0, 5)],
  ),
  rule(
    'A10',
    'hard link to a file in a directory of the layers below',
    [[file('c/e/f')], [hardlink('a', 'c/e/f')]],
    ['a (3) = c/e/f', 'c/', 'c/e/', 'c/e/f (3) = a'],
  ),
  rule('A10', 'hard link to a lower symlink', [[symlink('l', 'x')], [hardlink('m', 'l')]], ['l -> x', 'm -> x']),
  rule(
    'A10',
    'hard link to a file two layers below',
    [base, [file('e')], [hardlink('b', 'top')]],
    ['b (1) = top', ...whole.slice(0, 5), 'e (3)', 'top (1) = b'],
  ),

  // B: directories that no member describes.
  rule(
    'B0',
    'the root keeps what the base gave it',
    [[dir('.', { mode: '0700', uid: 3 }), file('a')], [file('b')]],
    ['. 700 3:0', 'a (3)', 'b (3)'],
  ),
  rule(
    'B0',
    'a slash is the root',
    [[dir(''), file('a')], [{ type: 'dir', name: '/', mode: '0700' }]],
    ['. 700', 'a (3)'],
  ),
  rule('B0b', 'the root by a detour', [base, [dir('d/..')]], refused),
  rule(
    'B1',
    'an unmentioned directory is not changed',
    [base, [file('d/s/n')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/n (3)', 'd/s/x (1)', 'top (1)'],
  ),
  rule(
    'B1',
    'nor is one of two layers below',
    [base, [file('d/s/n')], [mark('d/s/.wh.x')]],
    ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/n (3)', 'top (1)'],
  ),
  rule('B2', 'a new one is 0755 and of root', [[file('p/q/n')]], ['p/', 'p/q/', 'p/q/n (3)']),
  rule('B5', 'a whiteout where no directory is', [base, [mark('none/.wh.x')]], whole),
  rule('B5', 'a marker where no directory is', [base, [mark('none/.wh..wh..opq')]], whole),
  rule('B5', 'a whiteout of nothing', [base, [mark('d/.wh.none')]], whole),
  rule(
    'B6',
    'a whiteout in an opaque directory',
    [base, [mark('d/.wh..wh..opq'), mark('d/.wh.a')]],
    ['d/ 750 7:8', 'top (1)'],
  ),
  rule('B6', 'the same, marker last', [base, [mark('d/.wh.a'), mark('d/.wh..wh..opq')]], ['d/ 750 7:8', 'top (1)']),
  rule(
    'B6',
    'deeper in an opaque directory',
    [base, [dir('d/s'), mark('d/s/.wh.x'), mark('d/.wh..wh..opq')]],
    ['d/ 750 7:8', 'd/s/', 'top (1)'],
  ),
  rule('B6', 'a whiteout in a base layer', [[dir('d'), mark('d/.wh.a')]], ['d/']),
  rule('B8', 'whiteout, then a child', [base, [mark('.wh.d'), file('d/n')]], onlyNew),
  rule(
    'B8',
    'whiteout, then a grandchild',
    [base, [mark('.wh.d'), file('d/s/n')]],
    ['d/', 'd/s/', 'd/s/n (3)', 'top (1)'],
  ),
  rule('B9', 'whiteout of a parent, then of its child', [base, [mark('.wh.d'), mark('d/.wh.a')]], ['top (1)']),
  rule('B9', 'whiteout of a child, then of its parent', [base, [mark('d/.wh.a'), mark('.wh.d')]], ['top (1)']),
  rule('B9', 'and a layer later', [base, [mark('.wh.d')], [file('d/n')]], onlyNew),

  // C: names.
  rule('C1', 'dots that leave the layer', [base, [file('d/../../e')]], refused),
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

  // D: metadata.
  rule(
    'D1',
    'the last link entry tells for all names',
    [[file('a', 'A', { mode: '0600' }), hardlink('b', 'a', { mode: '0640', uid: 5 })]],
    ['a (1) 640 5:0 = b', 'b (1) 640 5:0 = a'],
  ),
  rule('D3', 'an id that means "leave it" to chown', [base, [file('n', 'new', { uid: 2 ** 32 - 1 })]], refused),
  rule('D3', 'a negative id', [base, [file('n', 'new', { gid: -5 })]], refused),
  rule(
    'D7',
    'a default ACL that is none, with its member',
    [[dir('d', { xattrs: { 'system.posix_acl_default': '0200000099990000ffffffff' } }), file('d/a')]],
    { refused: 0 },
  ),
  rule('D9', 'capabilities of no bytes', [[file('a', '', { xattrs: { 'security.capability': '' } })]], { refused: 0 }),
  rule('D4', 'a device that does not exist', [base, [{ type: 'char', name: 'c', devmajor: 4096 }]], refused),
  rule('D4', 'a negative device', [base, [{ type: 'block', name: 'c', devminor: -1 }]], refused),
  rule('A7', 'a device 0:0', [base, [{ type: 'char', name: 'd/a', mode: '0600' }]], {
    overlay: refused,
    tree: ['d/ 750 7:8', 'd/a 600', ...whole.slice(2)],
  }),

  // E: the format.
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
  rule(
    'E10',
    'a PAX header of 2 MiB',
    [base, [file('n', 'new', { pax: { comment: { repeat: 'x', count: 2 << 20 } } })]],
    refused,
  ),
];

/**
 * A row in short: `path/` of a directory, `path (bytes)` of a file, `path -> target`; then its mode and owner where they are not
 * 755 or 644 and root's, and its other names.
 */
export function summary(row: DumpRow): string {
  const { path, type, size, target, links = [] } = row;
  const others = links.filter((name) => name !== path);
  const what =
    type === 'directory'
      ? path === '.'
        ? '.'
        : `${path}/`
      : size !== undefined
        ? `${path} (${size})`
        : target === undefined
          ? path
          : `${path} -> ${target}`;
  return `${what}${attributes(row)}${others.length === 0 || type === 'symlink' ? '' : ` = ${others.join(' ')}`}`;
}

function attributes({ type, mode, uid, gid }: DumpRow): string {
  const usual = type === 'symlink' ? mode : type === 'directory' ? 0o755 : 0o644;
  const owned = uid !== 0 || gid !== 0;
  if (mode === usual && !owned) return '';
  const owner = owned ? ` ${uid}:${gid}` : '';
  return ` ${mode.toString(8)}${owner}`;
}

/** The view in short; a root as roots usually are is left out. */
export function summaries(view: readonly DumpRow[]): string[] {
  return view.map(summary).filter((line) => line !== '.');
}
