import { replayShard, type Shard, type ShardResult } from './shard.ts';
import type { TargetName } from './targets.ts';
import { nameOf, type TraceFile } from './trace-reader.ts';

export interface ReplayOptions {
  /** How many traces are replayed at a time, each by a process of its own. */
  readonly jobs?: number;
  /** Replays the traces with this id only. */
  readonly only?: string;
  /** Of how many traces to tell the first divergence; all divergences are counted. */
  readonly keep?: number;
  /** Ends the replay early. */
  readonly signal?: AbortSignal;
}

/** What came of some files of traces. */
export interface ReplaySummary extends ShardResult {
  readonly files: number;
  readonly seconds: number;
}

const defaultKeep = 10;

/** No file holds the trace that was asked for. */
export class UnknownTraceError extends Error {
  override readonly name = 'UnknownTraceError';
}

/**
 * Replays trace files on a kernel and compares every result. Throws what replayShard throws, and UnknownTraceError.
 */
export async function replayFiles(
  files: readonly TraceFile[],
  target: TargetName,
  { jobs = 1, only, keep = defaultKeep, signal }: ReplayOptions = {},
): Promise<ReplaySummary> {
  const start = performance.now();
  const shards = Array.from({ length: jobs }, (_, number): Shard => ({ files, target, number, of: jobs, only, keep }));
  // The real kernel takes the root, directory and ids of a thread, so it never gets the caller's.
  const inPlace = jobs === 1 && target === 'sim';
  const results = inPlace
    ? await Promise.all(shards.map((shard) => replayShard(shard, signal)))
    : await inChildren(shards, signal);
  const merged = merge(results, files.map(nameOf), keep);
  if (only !== undefined && merged.traces === 0) {
    throw new UnknownTraceError(`no trace is called ${JSON.stringify(only)}`);
  }
  const seconds = (performance.now() - start) / 1000;
  return { files: files.length, ...merged, seconds };
}

/** Each shard in a process; the failure of one ends the others. */
async function inChildren(shards: readonly Shard[], signal: AbortSignal | undefined): Promise<readonly ShardResult[]> {
  const { inChild } = await import('./child.ts');
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  try {
    return await Promise.all(shards.map((shard) => inChild('replay', shard, either)));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

function merge(results: readonly ShardResult[], names: readonly string[], keep: number): ShardResult {
  const sum = (count: (result: ShardResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const kinds = new Map<string, number>();
  for (const result of results) {
    for (const [kind, count] of Object.entries(result.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  return {
    traces: sum(({ traces }) => traces),
    ops: sum(({ ops }) => ops),
    divergences: sum(({ divergences }) => divergences),
    first: results
      .flatMap(({ first }) => first)
      .sort((one, other) => names.indexOf(one.file) - names.indexOf(other.file) || one.line - other.line)
      .slice(0, keep),
    kinds: Object.fromEntries([...kinds].sort(([, one], [, other]) => other - one)),
    notes: [...new Set(results.flatMap(({ notes }) => notes))],
  };
}
