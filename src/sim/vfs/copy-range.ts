import { errno } from '../../host/errno.ts';
import type { Credentials } from './credentials.ts';
import { vfsRead, vfsWrite } from './file.ts';
import type { CopyRange, OpenFile } from './open-file.ts';

/** Bytes that a copy without help of the filesystem moves at a time. */
const pieceSize = 1 << 20;

/**
 * Copies bytes from one open file to another (vfs_copy_file_range): how many, or an errno. What a filesystem with an operation
 * for it answers is final; any other copies within itself alone.
 */
export function vfsCopyRange(cred: Credentials, range: CopyRange): number {
  const length = lengthToCopy(range);
  if (length <= 0) return length;
  const { ops } = range.target;
  return ops.canCopyRange() ? ops.copyRange(cred, { ...range, length }) : copyByReading(cred, range, length);
}

/** generic_copy_file_checks: how many bytes can be copied, or an errno. */
function lengthToCopy({ source, target, fromOffset, toOffset, length }: CopyRange): number {
  const modes = checkRegular(source, target);
  if (modes < 0) return modes;
  if (target.ops.canCopyRange()) {
    if (source.ops.constructor !== target.ops.constructor) return -errno.EXDEV;
  } else if (source.inode.sb !== target.inode.sb) {
    return -errno.EXDEV;
  }
  if (wraps(fromOffset, length) || wraps(toOffset, length)) return -errno.EOVERFLOW;
  const available = Math.max(0, Math.min(length, source.inode.size - fromOffset));
  if (available > 0 && toOffset >= target.inode.sb.maxBytes) return -errno.EFBIG;
  const overlaps = toOffset + available > fromOffset && toOffset < fromOffset + available;
  if (source.inode === target.inode && overlaps) return -errno.EINVAL;
  return fromOffset < 0 || toOffset < 0 ? -errno.EINVAL : available;
}

/** Whether the end of a range is below its start, all numbers being unsigned. */
function wraps(offset: number, length: number): boolean {
  return offset < 0 && offset + length >= 0;
}

/** Whether bytes can go from one file to another at all (generic_file_rw_checks). */
export function checkRegular(source: OpenFile, target: OpenFile): number {
  if (source.inode.isDirectory || target.inode.isDirectory) return -errno.EISDIR;
  if (!source.inode.isRegular || !target.inode.isRegular) return -errno.EINVAL;
  return source.readable && target.writable && !target.appends ? 0 : -errno.EBADF;
}

function copyByReading(cred: Credentials, { source, target, fromOffset, toOffset }: CopyRange, length: number): number {
  const buffer = new Uint8Array(Math.min(length, pieceSize));
  const reading = { cred, pos: fromOffset, append: false };
  const writing = { cred, pos: toOffset, append: false };
  let copied = 0;
  while (copied < length) {
    const read = vfsRead(source, buffer.subarray(0, Math.min(buffer.length, length - copied)), reading);
    const written = read <= 0 ? read : vfsWrite(target, buffer.subarray(0, read), writing);
    if (written <= 0) return copied > 0 ? copied : written;
    copied += written;
    if (written < read) break;
  }
  return copied;
}
