import type { DumpedTree } from './dump.ts';
import type { DumpRecord, HostRecord, OpRecord, StepRecord } from './records.ts';
import { Session, type StepResult } from './session.ts';
import type { ReplayTarget } from './target.ts';
import type { Step, Trace } from './trace-reader.ts';

/** The same trace with the results that a kernel gives now: what a replay elsewhere is to be compared with. */
export function observe(trace: Trace, target: ReplayTarget): Trace {
  const machine = target.boot();
  try {
    const session = new Session(machine, trace);
    const steps = trace.steps.map((step): Step => ({
      ...step,
      record: observed(step.record, session.run(step.record)),
    }));
    session.close();
    return { ...trace, steps };
  } finally {
    machine.shutdown();
  }
}

function observed(record: StepRecord, result: StepResult): StepRecord {
  if (result.kind === 'tree') return record.t === 'dump' ? wholeDump(record, result.tree) : record;
  if (record.t !== 'op' && record.t !== 'host') return record;
  // An answer has the fields that this very kind of record has for its outcome.
  return { ...without(record, outcomeFields(record)), ...result.answer } as StepRecord;
}

function outcomeFields({ op }: OpRecord | HostRecord): readonly string[] {
  return op === 'opendir' ? ['r', 'e', 'fd'] : ['r', 'e', 'stage'];
}

/** A dump that tells the whole tree, not what differs from another. */
function wholeDump(record: DumpRecord, tree: DumpedTree): DumpRecord {
  const what = record.what.startsWith('merged') ? 'merged' : 'raw';
  return { ...(without(record, ['base']) as DumpRecord), what, tree: Object.fromEntries(tree) };
}

function without(record: OpRecord | HostRecord | DumpRecord, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));
}
