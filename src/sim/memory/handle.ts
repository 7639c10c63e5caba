import { FILEID_INO32_GEN, type FileHandle } from '../vfs/file-handle.ts';
import type { Inode } from '../vfs/inode.ts';

/** Which object a handle names. */
export interface HandledInode {
  readonly ino: number;
  readonly generation: number;
}

/** The two ways in which filesystems write handles: tmpfs (generation, number in 64 bits), ext4 (number, generation). */
export type HandleFormat = 'tmpfs' | 'inode32';

export function inodeHandle(format: HandleFormat, { ino, generation }: Inode): FileHandle {
  const bytes = new Uint8Array(format === 'tmpfs' ? 12 : 8);
  if (format === 'tmpfs') {
    putWord(bytes, 0, generation);
    putWord(bytes, 4, ino);
    putWord(bytes, 8, Math.floor(ino / 2 ** 32));
  } else {
    putWord(bytes, 0, ino);
    putWord(bytes, 4, generation);
  }
  return { type: FILEID_INO32_GEN, bytes };
}

/** Writes 32 bits, the lowest first. A DataView would do it with memory of its own for so few bytes. */
function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** The object that a handle names, `undefined` for a handle of another kind. */
export function handleIno(format: HandleFormat, { type, bytes }: FileHandle): HandledInode | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type !== FILEID_INO32_GEN || bytes.length < (format === 'tmpfs' ? 12 : 8)) return undefined;
  if (format === 'inode32') return { ino: view.getUint32(0, true), generation: view.getUint32(4, true) };
  return { ino: view.getUint32(4, true) + view.getUint32(8, true) * 2 ** 32, generation: view.getUint32(0, true) };
}
