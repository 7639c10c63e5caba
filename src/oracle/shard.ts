import { setImmediate } from 'node:timers/promises';
import { checkedTraces } from './checked-traces.ts';
import { compileSmall } from './compiling.ts';
import { kindOf } from './kind.ts';
import { replayTrace, type Divergence } from './replay.ts';
import type { TraceFile } from './trace-reader.ts';
import { targetNamed, type TargetName } from './targets.ts';

/** Some of the traces of some files: every `of`-th, beginning with `number`. */
export interface Shard {
  readonly files: readonly TraceFile[];
  readonly target: TargetName;
  readonly number: number;
  readonly of: number;
  /** Only traces with this id, wherever they are. */
  readonly only: string | undefined;
  /** Of how many traces to keep the first divergence; all are counted. */
  readonly keep: number;
}

export interface ShardResult {
  readonly traces: number;
  /** Records that were run. */
  readonly ops: number;
  /** Records whose result was another. */
  readonly divergences: number;
  /** The first divergence of each trace that has any: what follows it may be its consequence. */
  readonly first: readonly Divergence[];
  /** How many divergences each kind of record has. */
  readonly kinds: Readonly<Record<string, number>>;
  /** What of the target may explain a divergence and is no fault of the kernel. */
  readonly notes: readonly string[];
}

/** How long a signal may have to wait, in milliseconds, besides the trace that is being replayed. */
const hearEvery = 100;

/**
 * Replays a shard on this thread, after all its files have been read. Throws what checkedTraces throws,
 * TargetUnavailableError, and between two traces the signal's reason once that is aborted.
 */
export async function replayShard(shard: Shard, signal?: AbortSignal): Promise<ShardResult> {
  const { files, target: name, number, of, only, keep } = shard;
  const target = await targetNamed(name);
  compileSmall();
  const tally = new Tally(keep);
  try {
    let ordinal = -1;
    const mine = (id: string): boolean => {
      ordinal += 1;
      return only === undefined ? ordinal % of === number : id === only && number === 0;
    };
    let heard = performance.now();
    for await (const trace of checkedTraces(files, mine)) {
      // Nothing else waits for anything here, so that no signal would be heard before the end.
      if (performance.now() - heard > hearEvery) {
        await setImmediate();
        heard = performance.now();
      }
      signal?.throwIfAborted();
      const { ops, divergences } = replayTrace(trace, target);
      tally.add(ops, divergences);
    }
    return { ...tally.result, notes: target.notes };
  } finally {
    target.close();
  }
}

/** Counts what came of traces. */
class Tally {
  readonly #keep: number;
  readonly #first: Divergence[] = [];
  readonly #kinds = new Map<string, number>();
  #traces = 0;
  #ops = 0;
  #divergences = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(ops: number, divergences: readonly Divergence[]): void {
    this.#traces += 1;
    this.#ops += ops;
    this.#divergences += divergences.length;
    const [first] = divergences;
    if (first !== undefined && this.#first.length < this.#keep) this.#first.push(first);
    for (const { record } of divergences) {
      const kind = kindOf(record);
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    }
  }

  get result(): Omit<ShardResult, 'notes'> {
    return {
      traces: this.#traces,
      ops: this.#ops,
      divergences: this.#divergences,
      first: this.#first,
      kinds: Object.fromEntries(this.#kinds),
    };
  }
}
