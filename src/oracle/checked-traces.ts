import { readTraces, type Trace, type TraceFilter } from './trace-reader.ts';

/** How many steps the traces have at most, in all, that are kept in memory, unless told. */
const usualRoom = 250_000;

/**
 * The wanted traces of some files, after all files have been read to their ends, so that a bad one is found before anything
 * runs. What comes after the first `room` steps is not kept but read again, and memory holds one such trace at a time. Throws
 * TraceFormatError for a file that breaks the format, and an Error that names the file where it cannot be read.
 */
export async function* checkedTraces(
  paths: readonly string[],
  wanted: TraceFilter,
  room = usualRoom,
): AsyncGenerator<Trace> {
  const { kept, left } = await readAll(paths, wanted, room);
  yield* kept;
  if (left.size === 0) return;
  let number = -1;
  const isLeft = (): boolean => {
    number += 1;
    return left.has(number);
  };
  for (const path of paths) yield* readTraces(path, isLeft);
}

interface Read {
  readonly kept: readonly Trace[];
  /** The numbers, of all traces, of those that are wanted and not kept: they come after those that are. */
  readonly left: ReadonlySet<number>;
}

async function readAll(paths: readonly string[], wanted: TraceFilter, room: number): Promise<Read> {
  const kept: Trace[] = [];
  const left = new Set<number>();
  let number = -1;
  let steps = 0;
  for (const path of paths) {
    try {
      for await (const trace of readTraces(path)) {
        number += 1;
        if (!wanted(trace.id)) continue;
        steps += trace.steps.length;
        if (steps <= room) kept.push(trace);
        else left.add(number);
      }
    } catch (error) {
      throw namesPath(error, path) ? error : new Error(`${path}: ${messageOf(error)}`, { cause: error });
    }
  }
  return { kept, left };
}

/** What reads a directory fails without a word of which. */
function namesPath(error: unknown, path: string): boolean {
  return messageOf(error).includes(path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
