import { readTraces } from './trace-reader.ts';

/**
 * Reads files of traces to their ends, so that a bad one is found before anything runs; answers the ids of all traces.
 * Throws TraceFormatError for a file that breaks the format, and an Error that names the file where it cannot be read.
 */
export async function checkFiles(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const path of paths) {
    try {
      for await (const { id } of readTraces(path)) ids.add(id);
    } catch (error) {
      throw namesPath(error, path) ? error : new Error(`${path}: ${messageOf(error)}`, { cause: error });
    }
  }
  return ids;
}

/** What reads a directory fails without a word of which. */
function namesPath(error: unknown, path: string): boolean {
  return messageOf(error).includes(path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
