import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DumpRow } from '../../../src/core/tree/index.ts';
import type { CraftedEntry } from './layer-cases.ts';
import { anyLayer, baseLayer, mark, member } from './random-layers.ts';
import type { Scratches } from './scratch.ts';
import { unpackCase, type Form, type Outcome } from './unpack-case.ts';

type Layers = readonly (readonly CraftedEntry[])[];

/** How layers merge, whatever is in them. */
export function checkMerging(scratches: () => Scratches, numRuns: number): void {
  const unpack = (layers: Layers, form: Form): Promise<Outcome> =>
    scratches().run((scratch) => unpackCase(scratch, { id: '', group: '', why: '', layers }, form));

  test('a stack of layers and one tree show the same', async () => {
    const stack = fc.tuple(baseLayer, fc.array(anyLayer, { maxLength: 3 })).map(([base, rest]) => [base, ...rest]);
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        const overlay = await unpack(layers, 'overlay');
        const tree = await unpack(layers, 'tree');
        expect(comparable(overlay)).toEqual(comparable(tree));
      }),
      { numRuns },
    );
  });

  test('it does not matter where in a layer its whiteouts are', async () => {
    const layer = fc.tuple(
      fc.uniqueArray(member, { selector: nameOf, maxLength: 6 }),
      fc.array(mark, { maxLength: 3 }),
    );
    const places = fc.array(fc.nat(), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(baseLayer, layer, places, async (base, [members, marks], at) => {
        fc.pre(!members.some(({ type }) => type === 'symlink') && !base.some(({ type }) => type === 'symlink'));
        const scattered = scatter(members, marks, at);
        for (const form of ['overlay', 'tree'] as const) {
          const first = await unpack([base, [...marks, ...members]], form);
          const anywhere = await unpack([base, scattered], form);
          // A member below a file that is only deleted later is refused, since its place is not known before.
          fc.pre(first.refused === undefined && anywhere.refused === undefined);
          expect(comparable(anywhere)).toEqual(comparable(first));
        }
      }),
      { numRuns },
    );
  });
}

/** The marks among the members, in their own order. */
function scatter<T>(members: readonly T[], marks: readonly T[], at: readonly number[]): T[] {
  const places = marks.map((_, i) => (at[i] ?? 0) % (members.length + 1)).sort((a, b) => a - b);
  const between = (place: number): T[] => marks.filter((_, i) => places[i] === place);
  return [...members.flatMap((member, i) => [...between(i), member]), ...between(members.length)];
}

function nameOf({ name }: CraftedEntry): string {
  return typeof name === 'string' ? name.replace(/\/$/, '') : '';
}

/** Times that the archive does not set are those of the test. The file that is linked to by several names is one. */
function comparable({ refused, view }: Outcome): unknown {
  return refused === undefined ? view?.map(withoutPresent) : { refused };
}

function withoutPresent(row: DumpRow): DumpRow {
  return row.mtime > 100_000 || row.path === '.' ? { ...row, mtime: 0, mtimeNs: 0 } : row;
}
