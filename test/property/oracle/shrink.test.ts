import { describe, expect, it } from 'vitest';
import { recordTrace, fileHeader, traceFile } from '../../../src/oracle/record/record.ts';
import { kindOf } from '../../../src/oracle/kind.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import { scriptOf } from '../../../src/oracle/script/script.ts';
import { shrink } from '../../../src/oracle/shrink.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import { FaultyTarget } from './faulty-target.ts';
import { traceFiles, tracesOf } from './files.ts';

const files = traceFiles();
const sound = new SimTarget();
const faulty = new FaultyTarget();

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Recorded traces that diverge on the faulty kernel, each with its first divergence. */
async function diverging(): Promise<readonly Parameters<typeof shrink>[]> {
  const lines = seeds.flatMap((seed) => recordTrace(sound, { group: 'redirect_dir', seed, ops: 150 }));
  const file = files.write(
    'shrink.jsonl.gz',
    traceFile([fileHeader({ group: 'redirect_dir' }, sound.kernel, seeds.length), ...lines]),
  );
  return (await tracesOf(file)).flatMap((trace): readonly Parameters<typeof shrink>[] => {
    const [divergence] = replayTrace(trace, faulty, 'stop-at-first').divergences;
    return divergence === undefined ? [] : [[trace, divergence, faulty, sound]];
  });
}

describe('shortening a trace that diverges', () => {
  it('leaves the operations without which it would not, and what these need', async () => {
    const found = await diverging();
    expect(found.length).toBeGreaterThan(2);
    for (const [trace, divergence, target, reference] of found) {
      const shrunk = shrink(trace, divergence, target, reference);
      const kinds = shrunk.trace.steps.map(({ record }) => kindOf(record));
      expect(kinds.filter((kind) => kind === 'rmdir' || kind === 'rename')).toEqual(['rmdir', 'rename']);
      // The filesystem, the directory that is removed, and the mount with its layers at most.
      expect(kinds.length, kinds.join(', ')).toBeLessThan(16);
      expect(shrunk.divergence.step).toBe(kinds.length - 1);
      const [again] = replayTrace(shrunk.trace, faulty).divergences;
      expect(again).toEqual(shrunk.divergence);
      expect(replayTrace(shrunk.trace, sound).divergences).toEqual([]);
    }
  });

  it('keeps all steps up to the divergence where no kernel can be asked', async () => {
    const [first] = await diverging();
    if (first === undefined) throw new Error('nothing diverges');
    const [trace, divergence, target] = first;
    const { trace: prefix } = shrink(trace, divergence, target, undefined);
    expect(prefix.steps).toEqual(trace.steps.slice(0, divergence.step + 1));
  });

  it('becomes a script that ends with the diverging operation', async () => {
    const [first] = await diverging();
    if (first === undefined) throw new Error('nothing diverges');
    const shrunk = shrink(...first);
    const script = scriptOf(shrunk.trace, shrunk.trace.steps.length - 1, ['expected success, got EIO']);
    expect(script).toMatch(/^#!\/bin\/sh\n/);
    expect(script).toContain('# expected success, got EIO\n');
    expect(script).toMatch(/rmdir [^\n]+\n(?:.*\n)*.*renameat2\([^\n]+\nEND\n$/);
  });
});
