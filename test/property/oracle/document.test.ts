import { expect, it } from 'vitest';
import { replayFiles } from '../../../src/oracle/replay-files.ts';
import { documentedTrace, traceFiles } from './files.ts';

const files = traceFiles();

it('the trace that docs/oracle.md shows is one, and right', async () => {
  const { ops, first } = await replayFiles([files.write('example.jsonl', documentedTrace())], 'sim');
  expect({ ops, first }).toEqual({ ops: 15, first: [] });
});
