import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { ByteStream } from '../../core/driver.ts';
import { ImageError, type ByteSource } from '../../core/image/index.ts';

/** Bytes of one read; zlib is fastest when it gets as much at once. */
const readSize = 512 * 1024;

/** A file that is open for reading. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

/** Opens a regular file. @throws the errors of node:fs, ImageError where it is not a regular file */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, 'r');
  try {
    return await openedFile(handle, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A file that is open already; `close` closes it. */
export async function openedFile(handle: FileHandle, label: string): Promise<OpenFile> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new ImageError(`${label} is not a regular file`);
  return {
    label,
    size: stat.size,
    read: (start, end) => readRange(handle, label, start, end),
    close: () => handle.close(),
  };
}

/**
 * The bytes from `start` to `end`, each piece in the memory of the one before. Read synchronously: what the kernel has read
 * ahead is there in less time than a promise of a read takes. Between pieces the event loop has its turn.
 */
export async function* readRange(
  { fd }: FileHandle,
  label: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(readSize, end - start));
  for (let at = start; at < end;) {
    const length = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    if (length === 0) throw new ImageError(`${label} became shorter while it was read`);
    at += length;
    yield buffer.subarray(0, length);
    await setImmediate();
  }
}

/** All of a file, opened when it is first read and closed at the end. */
export async function* readWhole(path: string): ByteStream & AsyncGenerator<Uint8Array> {
  const file = await openFile(path);
  try {
    yield* file.read(0, file.size);
  } finally {
    await file.close();
  }
}
