import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../core/driver.ts';
import { openedFile, type OpenFile } from './image/file-source.ts';

/**
 * Writes a stream to a file in the directory for temporary files ($TMPDIR), so that it can be read at any place. The file
 * has no name any more, and is gone when it is closed, however the process ends. The signal stops it.
 */
export async function spool(stream: ByteStream, label: string, signal?: AbortSignal): Promise<OpenFile> {
  const directory = await newDirectory();
  const handle = await open(join(directory, 'copy'), 'wx+', 0o600);
  try {
    await rm(directory, { recursive: true });
    await fill(handle, stream, label, signal);
    return await openedFile(handle, label);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A file that other processes can open too, until it is removed. */
export interface NamedCopy {
  readonly path: string;
  remove(): Promise<void>;
}

/** The same under a name, which is gone only when it is removed. */
export async function spoolNamed(stream: ByteStream, label: string, signal: AbortSignal): Promise<NamedCopy> {
  const directory = await newDirectory();
  const remove = (): Promise<void> => rm(directory, { recursive: true });
  try {
    const path = join(directory, 'copy');
    const handle = await open(path, 'wx', 0o600);
    await fill(handle, stream, label, signal).finally(() => handle.close());
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'graphdriver-'));
}

async function fill(handle: FileHandle, stream: ByteStream, label: string, signal?: AbortSignal): Promise<void> {
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    await write(handle, chunk, label);
  }
}

/** An error of write(2) names no file, and this one lies where nobody has asked for it. */
async function write(handle: FileHandle, chunk: Uint8Array, label: string): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot keep a copy of ${label} in ${tmpdir()} ($TMPDIR): ${why}`, { cause: error });
  }
}
