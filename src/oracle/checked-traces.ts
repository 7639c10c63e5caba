import { nameOf, readTraces, type Trace, type TraceFile, type TraceFilter } from './trace-reader.ts';

/** How many steps the traces have at most, in all, that are kept in memory, unless told. */
const usualRoom = 250_000;

/**
 * The wanted traces of some files, after all files have been read to their ends, so that a bad one is found before anything
 * runs. What comes after the first `room` steps is not kept but read again, and memory holds one such trace at a time. Throws
 * TraceFormatError for a file that breaks the format, and an Error that names the file where it cannot be read.
 */
export async function* checkedTraces(
  files: readonly TraceFile[],
  wanted: TraceFilter,
  room = usualRoom,
): AsyncGenerator<Trace> {
  const { kept, left } = await readAll(files, wanted, room);
  yield* kept;
  if (left.size === 0) return;
  let number = -1;
  const isLeft = (): boolean => {
    number += 1;
    return left.has(number);
  };
  for (const file of files) yield* readTraces(file, isLeft);
}

interface Read {
  readonly kept: readonly Trace[];
  /** The numbers, of all traces, of those that are wanted and not kept: they come after those that are. */
  readonly left: ReadonlySet<number>;
}

async function readAll(files: readonly TraceFile[], wanted: TraceFilter, room: number): Promise<Read> {
  const kept: Trace[] = [];
  const left = new Set<number>();
  let number = -1;
  let steps = 0;
  for (const file of files) {
    try {
      for await (const trace of readTraces(file)) {
        number += 1;
        if (!wanted(trace.id)) continue;
        steps += trace.steps.length;
        if (steps <= room) kept.push(trace);
        else left.add(number);
      }
    } catch (error) {
      const name = nameOf(file);
      throw names(error, name) ? error : new Error(`${name}: ${messageOf(error)}`, { cause: error });
    }
  }
  return { kept, left };
}

/** What reads a directory fails without a word of which. */
function names(error: unknown, file: string): boolean {
  return messageOf(error).includes(file);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
