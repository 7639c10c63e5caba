import { open, type FileHandle } from 'node:fs/promises';
import type { ByteStream } from '../../core/driver.ts';
import { ImageError, type ByteSource } from '../../core/image/index.ts';

/** Bytes of one read; zlib is fastest when it gets as much at once. */
const readSize = 256 * 1024;

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

/** The bytes from `start` to `end`; while one piece is used, the next one is being read. */
export async function* readRange(
  handle: FileHandle,
  label: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = start;
  let ahead = at < end ? readAt(handle, at, end) : undefined;
  try {
    while (ahead !== undefined) {
      const piece = await ahead;
      if (piece.length === 0) throw new ImageError(`${label} became shorter while it was read`);
      at += piece.length;
      ahead = at < end ? readAt(handle, at, end) : undefined;
      yield piece;
    }
  } finally {
    // A read under way must end before the file is closed.
    await ahead?.catch(() => undefined);
  }
}

function readAt(handle: FileHandle, at: number, end: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(readSize, end - at));
  const reading = handle.read(buffer, 0, buffer.length, at).then(({ bytesRead }) => buffer.subarray(0, bytesRead));
  // Whoever awaits it gets the error; until then it is not an unhandled one.
  reading.catch(() => undefined);
  return reading;
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
