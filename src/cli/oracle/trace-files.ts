import type { TraceFile } from '../../oracle/trace-reader.ts';
import type { CommandContext } from '../context.ts';
import { isPipe, readWhole } from '../image/file-source.ts';
import { spoolNamed, type NamedCopy } from '../spool.ts';
import { standardInput } from '../standard-input.ts';

/** Files of traces, until they are closed. */
export interface OpenTraces {
  readonly files: readonly TraceFile[];
  close(): Promise<void>;
}

/**
 * The files that a command line names. What comes through a pipe, or as `-` through the standard input, goes to a temporary
 * file: traces are read more than once, and by several processes.
 */
export async function openTraces(context: CommandContext, names: readonly string[]): Promise<OpenTraces> {
  const copies = new Map<string, NamedCopy>();
  const close = async (): Promise<void> => {
    for (const copy of copies.values()) await copy.remove();
  };
  try {
    for (const name of new Set(names)) {
      const copy = await copyIfNeeded(context, name);
      if (copy !== undefined) copies.set(name, copy);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const files = names.map((name): TraceFile => {
    const copy = copies.get(name);
    return copy === undefined ? name : { name, path: copy.path };
  });
  return { files, close };
}

async function copyIfNeeded({ world, signal }: CommandContext, name: string): Promise<NamedCopy | undefined> {
  if (name === '-') return spoolNamed(standardInput(world, signal), 'the standard input', signal);
  return isPipe(name) ? spoolNamed(readWhole(name, signal), name, signal) : undefined;
}
