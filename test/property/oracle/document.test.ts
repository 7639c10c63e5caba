import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { replayFiles } from '../../../src/oracle/replay-files.ts';
import { traceFiles } from './files.ts';

const files = traceFiles();

it('the trace that docs/oracle.md shows is one, and right', async () => {
  const [, example = ''] = /```jsonl\n(.*?)```/s.exec(readFileSync('docs/oracle.md', 'utf8')) ?? [];
  const { ops, first } = await replayFiles([files.write('example.jsonl', example)], 'sim');
  expect({ ops, first }).toEqual({ ops: 15, first: [] });
});
