import type { Form } from '../unpack-case.ts';
import type { CraftedEntry, LayerCase } from '../layer-cases.ts';

/** A case of shared/spec/layer-rules.md, where the real tools disagree, and what is right there. */
export interface RuleCase extends LayerCase {
  /** The number of the rule. */
  readonly rule: string;
  /** The view in the words of `summary`, or the layer that is refused; of one form or of both. */
  readonly expected: Readonly<Partial<Record<Form | 'both', readonly string[] | { readonly refused: number }>>>;
}

export const file = (name: string, data = 'new', more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'file',
  name,
  data,
  ...more,
});
export const dir = (name: string, more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'dir',
  name: `${name}/`,
  ...more,
});
export const symlink = (name: string, linkname: string): CraftedEntry => ({ type: 'symlink', name, linkname });
export const hardlink = (name: string, linkname: string, more: Partial<CraftedEntry> = {}): CraftedEntry => ({
  type: 'hardlink',
  name,
  linkname,
  ...more,
});
/** A whiteout or opaque marker by its whole name. */
export const mark = (name: string): CraftedEntry => ({ type: 'file', name, mode: '0600' });

/** `d` with two files, a directory with one, and a file beside it. */
export const base: readonly CraftedEntry[] = [
  dir('d', { mode: '0750', uid: 7, gid: 8 }),
  file('d/a', 'A'),
  file('d/b', 'B'),
  dir('d/s', { mode: '0700' }),
  file('d/s/x', 'X'),
  file('top', 'T'),
];
export const refused = { refused: 1 } as const;

type Layers = readonly (readonly CraftedEntry[])[];
type Expected = readonly string[] | { readonly refused: number };

export function rule(number: string, id: string, layers: Layers, expected: Expected | RuleCase['expected']): RuleCase {
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

export const whole = ['d/ 750 7:8', 'd/a (1)', 'd/b (1)', 'd/s/ 700', 'd/s/x (1)', 'top (1)'];
export const onlyNew = ['d/', 'd/n (3)', 'top (1)'];
