import { errno } from '../../host/errno.ts';
import { O_NOATIME, O_RDONLY, SEEK_DATA } from '../../host/constants.ts';
import type { VfsPath } from '../vfs/mount.ts';
import { pathInode } from '../vfs/mount.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import type { Iocb, OpenFile } from '../vfs/open-file.ts';
import { inodePermission, MAY_OPEN, MAY_READ, MAY_WRITE, ownerOrCapable } from '../vfs/permission.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** Opens a real object as the mounter, who must be allowed to (ovl_path_open). */
export function openReal(overlay: OverlaySuperblock, path: VfsPath, flags: number): OpenFile | number {
  const inode = pathInode(path);
  const mask = flags === O_RDONLY ? MAY_READ : MAY_WRITE;
  const answer = inodePermission(overlay.creator, inode, mask | MAY_OPEN);
  if (answer < 0) return answer;
  const noAtime = ownerOrCapable(overlay.creator, inode) ? O_NOATIME : 0;
  return openPath(overlay.creator, path, flags | noAtime);
}

/** Bytes that are copied at a time. */
const chunkSize = 1 << 20;

/**
 * Copies the first `length` bytes of a lower file to a file just made in the upper layer; holes stay holes
 * (ovl_copy_up_file).
 */
export function copyData(overlay: OverlaySuperblock, from: VfsPath, to: OpenFile, length: number): number {
  const source = openReal(overlay, from, O_RDONLY);
  if (typeof source === 'number') return source;
  const cloned = to.dentry.sb === source.dentry.sb && source.inode.size === length ? clone(overlay, source, to) : false;
  const answer = cloned ? 0 : copyChunks(overlay, source, to, length);
  closeFile(source);
  return answer;
}

/** Lets both files share their bytes where the filesystem can. */
function clone(overlay: OverlaySuperblock, source: OpenFile, to: OpenFile): boolean {
  return to.ops.clone(overlay.creator, to, source) === 0;
}

function copyChunks(overlay: OverlaySuperblock, source: OpenFile, to: OpenFile, length: number): number {
  const buffer = new Uint8Array(Math.min(length, chunkSize));
  let dataFrom = -1;
  for (let at = 0; at < length;) {
    if (dataFrom < at) {
      dataFrom = source.ops.llseek(source, at, SEEK_DATA);
      if (dataFrom === -errno.ENXIO) return 0;
      if (dataFrom > at) {
        at = dataFrom;
        continue;
      }
      if (dataFrom < 0) dataFrom = Infinity;
    }
    const copied = copyChunk(overlay, source, to, buffer.subarray(0, Math.min(length - at, chunkSize)), at);
    if (copied <= 0) return copied;
    at += copied;
  }
  return 0;
}

/**
 * One piece at the same place in both: how many bytes, 0 at the end of the source, or an errno. Where the upper filesystem
 * fills up, what could be written counts: only a hole may follow it.
 */
function copyChunk(
  overlay: OverlaySuperblock,
  source: OpenFile,
  to: OpenFile,
  buffer: Uint8Array,
  position: number,
): number {
  const iocb: Iocb = { cred: overlay.creator, pos: position, append: false };
  const count = source.ops.read(source, buffer, iocb);
  if (count <= 0) return count;
  iocb.pos = position;
  return to.ops.write(to, buffer.subarray(0, count), iocb);
}
