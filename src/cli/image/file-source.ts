import { statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteStream } from '../../core/driver.ts';
import { ImageError, type ByteSource } from '../../core/image/index.ts';
import { stoppable } from '../stoppable.ts';

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
 * The bytes from `start` to `end`. While one piece is worked on the next is read, by a thread of Node's, so that copying out of
 * the kernel takes no time of this one's. A piece is good until the one after it is asked for.
 */
async function* readRange(handle: FileHandle, label: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const room = Math.min(readSize, end - start);
  let filling = Buffer.allocUnsafeSlow(room);
  let spare = Buffer.allocUnsafeSlow(room);
  const read = (at: number): Promise<number> => {
    const done = handle.read(filling, 0, Math.min(room, end - at), at).then(({ bytesRead }) => bytesRead);
    // An error is for whoever asks for this piece, and until then it is not one that nobody handles.
    done.catch(() => undefined);
    return done;
  };
  let reading = read(start);
  try {
    for (let at = start; at < end;) {
      const length = await reading;
      if (length === 0) throw new ImageError(`${label} became shorter while it was read`);
      at += length;
      const piece = filling.subarray(0, length);
      [filling, spare] = [spare, filling];
      reading = at < end ? read(at) : Promise.resolve(0);
      yield piece;
    }
  } finally {
    await reading.catch(() => undefined);
  }
}

/** Whether a path leads to a pipe, such as `<(docker save app)` or /dev/stdin, which can be read only once. */
export function isPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

/**
 * All of a file or a pipe, opened when it is first read and closed at the end. The signal stops a pipe, which may have nothing
 * to give.
 */
export async function* readWhole(path: string, signal?: AbortSignal): ByteStream & AsyncGenerator<Uint8Array> {
  if (isPipe(path)) {
    const { openPipe } = await import('./pipe.ts');
    yield* stoppable(openPipe(path), signal);
    return;
  }
  const file = await openFile(path);
  try {
    yield* file.read(0, file.size);
  } finally {
    await file.close();
  }
}
