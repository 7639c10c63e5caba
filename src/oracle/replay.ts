import { compareAnswer, compareSuccess, compareTree, type Difference } from './compare.ts';
import type { DumpRecord, StepRecord, Tree } from './records.ts';
import { Session, type StepResult } from './session.ts';
import type { Machine, ReplayTarget } from './target.ts';
import { baseOf, type Trace } from './trace-reader.ts';

/** A step at which a kernel did something else than the trace says. */
export interface Divergence extends Difference {
  readonly file: string;
  /** The line of the file that holds the record. */
  readonly line: number;
  readonly trace: string;
  /** The number of the step in its trace, from 0, the records of its templates counted. */
  readonly step: number;
  readonly record: StepRecord;
}

/** What came of one trace. */
export interface TraceReport {
  readonly trace: string;
  /** The steps that were run. */
  readonly ops: number;
  readonly divergences: readonly Divergence[];
}

/** How far to go in a trace that diverges: later steps of it may well differ only because of the first. */
export type Persistence = 'stop-at-first' | 'run-to-the-end';

/** Replays one trace on a machine of its own and compares every result. */
export function replayTrace(
  trace: Trace,
  target: ReplayTarget,
  persistence: Persistence = 'run-to-the-end',
): TraceReport {
  const machine = target.boot();
  try {
    return replayOn(machine, trace, persistence);
  } finally {
    machine.shutdown();
  }
}

function replayOn(machine: Machine, trace: Trace, persistence: Persistence): TraceReport {
  const session = new Session(machine, trace);
  const divergences: Divergence[] = [];
  let ops = 0;
  for (const [step, { record, line }] of trace.steps.entries()) {
    ops += 1;
    const { difference, broken } = attempt(session, trace, record);
    if (difference === undefined) continue;
    divergences.push({ ...difference, file: trace.file, line, trace: trace.id, step, record });
    // A machine that failed to answer at all answers nothing sensible afterwards.
    if (broken) return { trace: trace.id, ops, divergences };
    if (persistence === 'stop-at-first') break;
  }
  session.close();
  return { trace: trace.id, ops, divergences };
}

interface Attempt {
  readonly difference: Difference | undefined;
  readonly broken: boolean;
}

function attempt(session: Session, trace: Trace, record: StepRecord): Attempt {
  try {
    return { difference: compare(trace, record, session.run(record)), broken: false };
  } catch (error) {
    const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      difference: { lines: [`expected an answer, got ${thrown}`], expected: {}, got: { thrown } },
      broken: true,
    };
  }
}

function compare(trace: Trace, record: StepRecord, result: StepResult): Difference | undefined {
  if (result.kind === 'tree') {
    return record.t === 'dump' ? compareTree(record, baseTree(trace, record), result.tree) : undefined;
  }
  return record.t === 'op' || record.t === 'host'
    ? compareAnswer(record, result.answer)
    : compareSuccess(result.answer);
}

const nothing: Tree = {};

/** The tree that a dump is a difference from. */
function baseTree({ trees }: Trace, record: DumpRecord): Tree {
  return trees.get(baseOf(record) ?? '') ?? nothing;
}
