import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../../core/driver.ts';
import { openedFile, type OpenFile } from './file-source.ts';

/**
 * Writes a stream to a file in the directory for temporary files ($TMPDIR), so that it can be read at any place. The file
 * has no name any more, and is gone when it is closed, however the process ends. The signal stops it.
 */
export async function spool(stream: ByteStream, label: string, signal?: AbortSignal): Promise<OpenFile> {
  const directory = await mkdtemp(join(tmpdir(), 'graphdriver-'));
  const handle = await open(join(directory, 'image'), 'wx+', 0o600);
  try {
    await rm(directory, { recursive: true });
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      await write(handle, chunk);
    }
    return await openedFile(handle, label);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An error of write(2) names no file, and this one lies where nobody has asked for it. */
async function write(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot unpack the image to ${tmpdir()} ($TMPDIR): ${why}`, { cause: error });
  }
}
