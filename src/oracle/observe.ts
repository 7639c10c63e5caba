import type { DumpedTree } from './dump.ts';
import { kindOf } from './kind.ts';
import type { DumpRecord, HostRecord, OpRecord, StepRecord, Tree } from './records.ts';
import type { JsonObject } from './schema.ts';
import { Session, type StepResult } from './session.ts';
import type { ReplayTarget } from './target.ts';
import type { Step, Trace } from './trace-reader.ts';

/** Is told of a step that failed and whose record has no place for that: a chroot, or a process that could not start. */
type OnFailure = (step: Step, error: string) => void;

/**
 * The same trace with the results that a kernel gives now: what a replay elsewhere is to be compared with. Throws an Error that
 * names file and line where a call cannot even be made, for instance with a number that a host does not take.
 */
export function observe(trace: Trace, target: ReplayTarget, onFailure?: OnFailure): Trace {
  const machine = target.boot();
  try {
    const session = new Session(machine, trace);
    const steps = trace.steps.map((step): Step => {
      const result = run(session, trace, step);
      const error = result.kind === 'answer' ? result.answer.e : undefined;
      if (error !== undefined && !isCall(step.record)) onFailure?.(step, error);
      return { ...step, record: observed(step.record, result) };
    });
    session.close();
    return { ...trace, steps };
  } finally {
    machine.shutdown();
  }
}

function run(session: Session, { file }: Trace, { record, line }: Step): StepResult {
  try {
    return session.run(record);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}:${line}: ${kindOf(record)}: ${reason}`, { cause: error });
  }
}

/** A record with what came of it in place of what it said. */
export function observed(record: StepRecord, result: StepResult): StepRecord {
  if (result.kind === 'tree') return record.t === 'dump' ? wholeDump(record, result.tree) : record;
  if (!isCall(record)) return record;
  // An answer has the fields that this very kind of record has for its outcome.
  return { ...without(record, outcomeFields(record)), ...result.answer } as StepRecord;
}

/** Whether a record says how it ended. */
function isCall(record: StepRecord): record is OpRecord | HostRecord {
  return record.t === 'op' || record.t === 'host';
}

function outcomeFields({ op }: OpRecord | HostRecord): readonly string[] {
  return op === 'opendir' ? ['r', 'e', 'fd'] : ['r', 'e', 'stage'];
}

/** A dump that tells the whole tree, not what differs from another. */
function wholeDump(record: DumpRecord, tree: DumpedTree): DumpRecord {
  const what = record.what.startsWith('merged') ? 'merged' : 'raw';
  return { ...(without(record, ['base']) as DumpRecord), what, tree: inOrder(tree) };
}

/** Entries by path, attributes by name: in which order they are found is the filesystem's own affair, and chance in an index. */
function inOrder(tree: DumpedTree): Tree {
  return sorted([...tree].map(([path, entry]) => [path, withSortedXattrs(entry)]));
}

function withSortedXattrs(entry: JsonObject): JsonObject {
  const { x } = entry;
  return typeof x === 'object' && x !== null ? { ...entry, x: sorted(Object.entries(x)) } : entry;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function without(record: OpRecord | HostRecord | DumpRecord, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));
}
