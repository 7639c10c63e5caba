import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupNames } from '../../../src/oracle/record/group.ts';
import { fileHeader, record, recordTrace, traceFile } from '../../../src/oracle/record/record.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import type { ReplayTarget } from '../../../src/oracle/target.ts';
import { targetNamed } from '../../../src/oracle/targets.ts';
import { traceFiles, tracesOf } from '../../property/oracle/files.ts';
import { whyNotImitated } from '../linux-world.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: traces on this kernel (record): ${why}`);

const files = traceFiles();

describe.skipIf(why !== undefined)('recording from the real kernel', () => {
  // It takes this thread, which runs nothing but this file.
  let kernel: ReplayTarget;
  beforeAll(async () => {
    kernel = await targetNamed('linux');
  });
  afterAll(() => {
    kernel.close();
  });

  it.each(groupNames)('makes traces of the group %s that it answers the same way again', async (group) => {
    const seeds = [1, 2, 3, 4, 5];
    const lines = seeds.flatMap((seed) => recordTrace(kernel, { group, seed, ops: 80 }));
    const file = files.write(
      `random-${group}.jsonl.gz`,
      traceFile([fileHeader({ group }, kernel.kernel, 5), ...lines]),
    );
    const traces = await tracesOf(file);
    expect(traces.map(({ id }) => id)).toEqual(seeds.map((seed) => `${group}/${seed}`));
    expect(traces.flatMap((trace) => replayTrace(trace, kernel).divergences)).toEqual([]);
  });

  it('makes the same bytes of the same request, and others of another seed', async () => {
    const request = { target: 'linux', group: 'index', traces: 3, ops: 100 } as const;
    const [one, again, other] = await Promise.all([
      record({ ...request, seed: 7 }),
      record({ ...request, seed: 7 }),
      record({ ...request, seed: 8 }),
    ]);
    expect(Buffer.compare(one, again)).toBe(0);
    expect(Buffer.compare(one, other)).not.toBe(0);
  });

  it('keeps to the layout and length that it is asked for', () => {
    const lines = recordTrace(kernel, { group: 'default', seed: 3, ops: 30, layout: 'multi' });
    const count = (wanted: Readonly<Record<string, string>>): number =>
      lines.filter((line) => Object.entries(wanted).every(([name, value]) => line[name] === value)).length;
    expect(lines[0]).toMatchObject({ layout: 'multi', persistent_ino: false, ops: count({ t: 'op' }) });
    expect(count({ t: 'op' })).toBeGreaterThanOrEqual(30);
    expect(count({ op: 'mkfs' })).toBeGreaterThanOrEqual(2);
  });
});
