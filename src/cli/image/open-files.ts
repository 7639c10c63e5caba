import { statSync } from 'node:fs';
import { Malformed } from '../../core/archive/errors.ts';
import type { ArchiveLimits } from '../../core/archive/limits.ts';
import type { ByteStream } from '../../core/driver.ts';
import { archiveFiles, decompress, detectCompression, ImageError, type ImageFiles } from '../../core/image/index.ts';
import { DirectoryFiles } from './directory-files.ts';
import { isPipe, openFile, readWhole, type OpenFile } from './file-source.ts';
import { spool } from '../spool.ts';

/** The files of an image, until they are closed. */
export interface OpenFiles {
  readonly files: ImageFiles;
  close(): Promise<void>;
}

/** What an image may ask of whoever reads it, and what stops that. */
export interface Reading {
  readonly limits?: Partial<ArchiveLimits>;
  readonly signal?: AbortSignal;
}

/**
 * The files of the image at `path`, which is a directory or an archive. A packed archive is unpacked to a temporary file
 * first, and one that comes through a pipe goes to one, since layers are not read in the order in which they are stored.
 */
export async function openImageFiles(path: string, reading: Reading): Promise<OpenFiles> {
  if (isPipe(path)) return archiveIn(await unpackedTo(readWhole(path, reading.signal), reading, path));
  if (statSync(path).isDirectory()) return { files: new DirectoryFiles(path), close: () => Promise.resolve() };
  return archiveIn(await openUnpacked(path, reading));
}

/** The files of an image in an archive that can be read only once. It goes to a temporary file. */
export async function openImageStream(stream: ByteStream, reading: Reading): Promise<OpenFiles> {
  return archiveIn(await unpackedTo(stream, reading, 'the standard input'));
}

async function archiveIn(file: OpenFile): Promise<OpenFiles> {
  try {
    return { files: await archiveFiles(file), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openUnpacked(path: string, reading: Reading): Promise<OpenFile> {
  const file = await openFile(path);
  try {
    if ((await compressionOf(file)) === 'none') return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  try {
    return await unpackedTo(file.read(0, file.size), reading, path);
  } finally {
    await file.close();
  }
}

async function unpackedTo(packed: ByteStream, { limits, signal }: Reading, label: string): Promise<OpenFile> {
  try {
    return await spool(decompress(packed, limits), label, signal);
  } catch (error) {
    throw error instanceof Malformed ? new ImageError(error.message) : error;
  }
}

async function compressionOf(file: OpenFile): Promise<ReturnType<typeof detectCompression>> {
  const head: Uint8Array[] = [];
  for await (const chunk of file.read(0, Math.min(512, file.size))) head.push(Buffer.from(chunk));
  return detectCompression(Buffer.concat(head));
}
