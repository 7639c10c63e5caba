import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { observe } from '../../../src/oracle/observe.ts';
import { groupNames } from '../../../src/oracle/record/group.ts';
import { headerRecord, recordTrace } from '../../../src/oracle/record/record.ts';
import { decodeRecord } from '../../../src/oracle/records.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import { shrink } from '../../../src/oracle/shrink.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import type { ReplayTarget } from '../../../src/oracle/target.ts';
import { targetNamed } from '../../../src/oracle/targets.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { changedLayers } from './changed-layers.ts';
import { mountAttempts } from './mount-attempts.ts';
import { pathCase, places } from './path-cases.ts';
import { isStep, traceOf } from './scene.ts';
import { whyNotImitated } from '../linux-world.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: traces on this kernel (differential): ${why}`);

const simulated = new SimTarget();
/** FC_RUNS makes them more. */
const runs = (usual: number): number => fc.readConfigureGlobal().numRuns ?? usual;
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe.skipIf(why !== undefined)('the simulated kernel answers as the running one', () => {
  // It takes this thread, which runs nothing but this file.
  let kernel: ReplayTarget;
  beforeAll(async () => {
    kernel = await targetNamed('linux');
  });
  afterAll(() => {
    kernel.close();
  });

  /** Fails with the shortest trace that shows a difference, as a person can read it. */
  function agree(trace: Trace): void {
    const right = observe(trace, kernel);
    const [divergence] = replayTrace(right, simulated, 'stop-at-first').divergences;
    if (divergence === undefined) return;
    const shortest = shrink(right, divergence, simulated, kernel);
    const steps = shortest.trace.steps.map(({ record }) => JSON.stringify(record));
    throw new Error([`${trace.id} diverges:`, ...steps, ...shortest.divergence.lines].join('\n'));
  }

  it.each(groupNames)('on random operations, group %s', (group) => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 20, max: 200 }), (number, ops) => {
        const records = recordTrace(kernel, { group, seed: number, ops }).map((line) => decodeRecord(line));
        const trace = traceOf(`${group}/${number}`, headerRecord(group), records.filter(isStep));
        agree({ ...trace, persistentIno: records.some((record) => record?.t === 'trace' && record.persistent_ino) });
      }),
      { numRuns: runs(15), endOnFailure: true },
    );
  });

  it.each(places)('on paths, permissions and descriptors, %s', (place) => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 10, max: 100 }), (number, length) => {
        agree(pathCase(place, number, length));
      }),
      { numRuns: runs(40), endOnFailure: true },
    );
  });

  it('on layers that are changed between mounts', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 5, max: 40 }), (number, length) => {
        agree(changedLayers(number, length));
      }),
      { numRuns: runs(60), endOnFailure: true },
    );
  });

  it('on attempts to mount', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 5, max: 60 }), (number, length) => {
        agree(mountAttempts(number, length));
      }),
      { numRuns: runs(60), endOnFailure: true },
    );
  });
});
