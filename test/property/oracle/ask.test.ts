import { describe, expect, test } from 'vitest';
import { askHere } from '../../../src/oracle/ask.ts';
import { compareAnswer } from '../../../src/oracle/compare.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import type { Answer } from '../../../src/oracle/outcome.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { recordedTrace, traceFiles, tracesOf } from './files.ts';
import { questionsOf } from './questions.ts';
import { tamper } from './tamper.ts';

const files = traceFiles();

async function answersTo(questions: string): Promise<readonly Trace[]> {
  const asked = [files.write('questions.jsonl', questions)];
  const { text } = await askHere({ files: asked, target: 'sim', only: undefined });
  return tracesOf(files.write('answers.jsonl', text));
}

describe('the answers to recorded calls without their results', () => {
  test.each(['random-all-on', 'unionmount-ov', 'mounts', 'posix-plain-rmdir'])('are those of %s', async (name) => {
    const recorded = await tracesOf(recordedTrace(name));
    const answered = await answersTo(questionsOf(recordedTrace(name)));
    const identities = (traces: readonly Trace[]): unknown =>
      traces.map(({ id, persistentIno }) => [id, persistentIno]);
    expect(identities(answered)).toEqual(identities(recorded));
    const differences = recorded.flatMap(({ steps }, index) =>
      steps.flatMap(({ record }, number) => {
        if (record.t !== 'op' && record.t !== 'host') return [];
        return compareAnswer(record, answered[index]?.steps[number]?.record as Answer) ?? [];
      }),
    );
    expect(differences).toEqual([]);
  });

  test.each(['random-nested', 'unionmount-ov10', 'posix-ov-upper-rmdir'])(
    'replay, dumps included: %s',
    async (name) => {
      const answered = await answersTo(questionsOf(recordedTrace(name)));
      expect(answered).toHaveLength((await tracesOf(recordedTrace(name))).length);
      const target = new SimTarget();
      for (const trace of answered) expect(replayTrace(trace, target).divergences).toEqual([]);
    },
  );

  test('are not taken from what the trace says', async () => {
    const { content } = tamper(recordedTrace('random-default'), 'ask', 5);
    const steps = (traces: readonly Trace[]): unknown => traces.map((trace) => trace.steps.map(({ record }) => record));
    const right = await answersTo(questionsOf(files.write('tampered.jsonl', content)));
    expect(steps(await answersTo(content))).toEqual(steps(right));
  });
});
