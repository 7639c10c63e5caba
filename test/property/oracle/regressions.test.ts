import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayFiles } from '../../../src/oracle/replay-files.ts';
import { regressionTraces } from './files.ts';

describe('what the simulated kernel once answered differently', () => {
  it.each(regressionTraces.map((file) => [basename(file), file] as const))('agrees with %s', async (_name, file) => {
    const { traces, first, divergences } = await replayFiles([file], 'sim');
    expect({ divergences, first }).toEqual({ divergences: 0, first: [] });
    expect(traces).toBeGreaterThan(0);
  });
});
