import { basename } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { replayFiles } from '../../../src/oracle/replay-files.ts';
import { recordedTrace, recordedTraces, traceFiles } from './files.ts';
import { tamper } from './tamper.ts';

const files = traceFiles();
const named = recordedTraces.map((file) => [basename(file), file] as const);

describe('replaying on the simulated kernel', () => {
  it.each(named)('agrees with %s', async (_name, file) => {
    const { traces, first, divergences } = await replayFiles([file], 'sim');
    expect({ divergences, first }).toEqual({ divergences: 0, first: [] });
    expect(traces).toBeGreaterThan(0);
  });

  it('finds each result that was changed, at its line', async () => {
    const changed = named.map(([name, recorded]) => {
      const { content, changes } = tamper(recorded, 'property', 3);
      const file = files.write(name.replace(/\.gz$/, ''), content);
      return { file, changes: changes.map((change) => ({ file, ...change })) };
    });
    const { first, divergences } = await replayFiles(
      changed.map(({ file }) => file),
      'sim',
      { keep: Infinity },
    );
    const all = changed.flatMap(({ changes }) => changes);
    expect(first.map(({ file, trace, line }) => ({ file, trace, line }))).toEqual(all);
    expect(divergences).toBeGreaterThanOrEqual(all.length);
  });

  it('comes to the same result by one process and by several', async () => {
    const [, recorded = ''] = named.find(([name]) => name === 'random-index.jsonl.gz') ?? [];
    const file = files.write('some.jsonl', tamper(recorded, 'jobs', 10).content);
    const paths = [file, recorded];
    const [one, several] = await Promise.all([replayFiles(paths, 'sim'), replayFiles(paths, 'sim', { jobs: 2 })]);
    expect({ ...several, seconds: 0 }).toEqual({ ...one, seconds: 0 });
    expect(one.first).toHaveLength(10);
  });

  it('replays the one trace that is asked for', async () => {
    const [, file = ''] = named.find(([name]) => name === 'random-index.jsonl.gz') ?? [];
    const { traces, divergences } = await replayFiles([file], 'sim', { only: 'index/3' });
    expect({ traces, divergences }).toEqual({ traces: 1, divergences: 0 });
  });

  it('ends soon after it is told to, with all traces in memory', async () => {
    const signal = abortedOnceReplaying();
    const many = Array.from({ length: 40 }, () => recordedTrace('random-all-on'));
    await expect(replayFiles(many, 'sim', { signal })).rejects.toThrow('enough');
  });
});

/** A signal that is aborted by the event loop, as those of the process are, when the first trace has begun. */
function abortedOnceReplaying(): AbortSignal {
  const controller = new AbortController();
  const ask = controller.signal.throwIfAborted.bind(controller.signal);
  vi.spyOn(controller.signal, 'throwIfAborted')
    .mockImplementationOnce(() => {
      setImmediate(() => {
        controller.abort(new Error('enough'));
      });
    })
    .mockImplementation(ask);
  return controller.signal;
}
