import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { ByteStream } from '../core/driver.ts';

/** The bytes of a file, one piece after another. */
type Pieces = ByteStream | Iterable<Uint8Array>;

/** Writes a file that appears with all of its content, or not at all. What is no regular file (a pipe) is written to. */
export async function writeFileWhole(path: string, content: Pieces): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && !existing.isFile()) {
    await writeTo(path, 'w', content);
    return;
  }
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeTo(aside, 'wx', content);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

async function writeTo(path: string, flags: string, content: Pieces): Promise<void> {
  const file = await open(path, flags);
  try {
    for await (const chunk of content) await file.writeFile(chunk);
    if (flags === 'wx') await file.sync();
  } finally {
    await file.close();
  }
}
