import { kindOf } from './kind.ts';
import { observe } from './observe.ts';
import type { StepRecord } from './records.ts';
import { replayTrace, type Divergence } from './replay.ts';
import type { ReplayTarget } from './target.ts';
import type { Step, Trace } from './trace-reader.ts';

/** A trace that was made as short as possible: its last step is the one that diverges. */
export interface Shrunk {
  readonly trace: Trace;
  readonly divergence: Divergence;
}

/**
 * Shortens a trace that diverges on `target`: to the steps before the divergence, and where there is a kernel to ask what
 * is right (`reference`), to those without which it would vanish. What a trace itself says is right only as long as
 * nothing is left out of it.
 */
export function shrink(
  trace: Trace,
  divergence: Divergence,
  target: ReplayTarget,
  reference: ReplayTarget | undefined,
): Shrunk {
  const prefix = { ...trace, steps: trace.steps.slice(0, divergence.step + 1) };
  const shortest: Shrunk = { trace: prefix, divergence };
  if (reference === undefined) return shortest;
  const begin = divergesAtEnd(prefix, target, reference);
  // Where the reference does not say what the trace says, it cannot tell what may be left out.
  return begin === undefined || signature(begin) !== signature(shortest)
    ? shortest
    : leaveOut(begin, target, reference);
}

/** Leaves out ever smaller groups of steps, for as long as the last step diverges in the same way. */
function leaveOut(begin: Shrunk, target: ReplayTarget, reference: ReplayTarget): Shrunk {
  let shortest = begin;
  for (let size = Math.ceil(begin.trace.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end, where what matters is likely to be; the last step itself stays.
    let end = shortest.trace.steps.length - 1;
    while (end > 0) {
      const start = Math.max(end - size, 0);
      const steps = without(shortest.trace.steps, start, end);
      const candidate = divergesAtEnd({ ...shortest.trace, steps }, target, reference);
      if (candidate !== undefined && signature(candidate) === signature(begin)) shortest = candidate;
      end = Math.min(start, shortest.trace.steps.length - 1);
    }
  }
  return shortest;
}

/** The trace with the reference's results, if it diverges from them at its last step and not before. */
function divergesAtEnd(trace: Trace, target: ReplayTarget, reference: ReplayTarget): Shrunk | undefined {
  const right = observe(trace, reference);
  const [divergence] = replayTrace(right, target, 'stop-at-first').divergences;
  return divergence?.step === right.steps.length - 1 ? { trace: right, divergence } : undefined;
}

/** What makes two divergences the same one: the kind of step, and the first difference but for its numbers. */
function signature({ divergence: { record, lines } }: Shrunk): string {
  return `${kindOf(record).replace('-diff', '')}: ${(lines[0] ?? '').replace(/\d+/g, '#')}`;
}

/** The steps without those from `begin` to `end`, nor those that use a descriptor which these would have opened. */
function without(steps: readonly Step[], begin: number, end: number): readonly Step[] {
  const closed = new Set<number>();
  for (const { record } of steps.slice(begin, end)) {
    if (record.t === 'op' && record.op === 'open' && typeof record.r === 'number' && record.pid === undefined) {
      closed.add(record.r);
    }
  }
  const kept = steps.filter((_, index) => index < begin || index >= end);
  return closed.size === 0 ? kept : kept.flatMap((step) => renumbered(step, closed));
}

/** A step on a later descriptor gets the number that it has without those that are gone. */
function renumbered(step: Step, gone: ReadonlySet<number>): readonly Step[] {
  const { record } = step;
  if (record.t !== 'op' || !('fd' in record) || record.op === 'opendir') return [step];
  if (gone.has(record.fd)) return [];
  const fd = record.fd - [...gone].filter((number) => number < record.fd).length;
  return [{ ...step, record: { ...record, fd } satisfies StepRecord }];
}
