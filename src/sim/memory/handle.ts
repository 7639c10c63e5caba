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
  const view = new DataView(bytes.buffer);
  if (format === 'tmpfs') {
    view.setUint32(0, generation, true);
    view.setUint32(4, ino, true);
    view.setUint32(8, Math.floor(ino / 2 ** 32), true);
  } else {
    view.setUint32(0, ino, true);
    view.setUint32(4, generation, true);
  }
  return { type: FILEID_INO32_GEN, bytes };
}

/** The object that a handle names, `undefined` for a handle of another kind. */
export function handleIno(format: HandleFormat, { type, bytes }: FileHandle): HandledInode | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type !== FILEID_INO32_GEN || bytes.length < (format === 'tmpfs' ? 12 : 8)) return undefined;
  if (format === 'inode32') return { ino: view.getUint32(0, true), generation: view.getUint32(4, true) };
  return { ino: view.getUint32(4, true) + view.getUint32(8, true) * 2 ** 32, generation: view.getUint32(0, true) };
}
