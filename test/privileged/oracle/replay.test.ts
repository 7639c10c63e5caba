import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayFiles } from '../../../src/oracle/replay-files.ts';
import { recordedTraces, regressionTraces, traceFiles } from '../../property/oracle/files.ts';
import { tamper } from '../../property/oracle/tamper.ts';
import { whyNotImitated } from '../linux-world.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: traces on this kernel (replay): ${why}`);

const files = traceFiles();

describe.skipIf(why !== undefined)('replaying on the real kernel', () => {
  it('agrees with every recorded trace', async () => {
    const { traces, first, divergences } = await replayFiles(recordedTraces, 'linux', { jobs: 2 });
    expect({ traces, divergences, first }).toEqual({ traces: 486, divergences: 0, first: [] });
  });

  it('agrees with every regression', async () => {
    const { first, divergences } = await replayFiles(regressionTraces, 'linux');
    expect({ divergences, first }).toEqual({ divergences: 0, first: [] });
  });

  it('finds each result that was changed, at its line', async () => {
    const changed = recordedTraces.map((recorded) => {
      const { content, changes } = tamper(recorded, 'privileged', 8);
      const file = files.write(basename(recorded, '.gz'), content);
      return { file, changes: changes.map((change) => ({ file, ...change })) };
    });
    const { first } = await replayFiles(
      changed.map(({ file }) => file),
      'linux',
      { keep: Infinity },
    );
    const found = first.map(({ file, trace, line }) => ({ file, trace, line }));
    expect(found).toEqual(changed.flatMap(({ changes }) => changes));
  });
});
