import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../../core/driver.ts';
import { openedFile, type OpenFile } from './file-source.ts';

/**
 * Writes a stream to a file in the directory for temporary files ($TMPDIR), so that it can be read at any place. The file
 * has no name any more, and is gone when it is closed, however the process ends.
 */
export async function spool(stream: ByteStream, label: string): Promise<OpenFile> {
  const directory = await mkdtemp(join(tmpdir(), 'graphdriver-'));
  const handle = await open(join(directory, 'image'), 'wx+', 0o600);
  try {
    await rm(directory, { recursive: true });
    for await (const chunk of stream) await handle.writeFile(chunk);
    return await openedFile(handle, label);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
