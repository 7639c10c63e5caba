import { errno } from '../../host/errno.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { vfsRead, vfsWrite } from '../vfs/file.ts';
import type { Process } from './process.ts';

/** copy_file_range(2) and ioctl(FICLONE) (fs/read_write.c, fs/remap_range.c). */

export interface CopyRange {
  readonly from: number;
  readonly fromOffset: number;
  readonly to: number;
  readonly toOffset: number;
  readonly length: number;
}

/** Bytes that a copy without help of the filesystem moves at a time. */
const pieceSize = 1 << 20;

export function copyFileRange(process: Process, range: CopyRange): number {
  const source = process.descriptors.get(range.from);
  const target = process.descriptors.get(range.to);
  if (source === undefined || target === undefined) return -errno.EBADF;
  const length = lengthToCopy(source, target, range);
  if (length <= 0) return length;
  const { cred } = process;
  if (target.ops.canCopyRange()) {
    const iocb = { cred, pos: range.toOffset, append: false };
    const answer = target.ops.copyRange(cred, source, range.fromOffset, target, iocb, length);
    const sameFilesystem = source.inode.sb === target.inode.sb;
    if (!sameFilesystem || (answer !== -errno.EOPNOTSUPP && answer !== -errno.EXDEV)) return answer;
  }
  return copyByReading(process, source, target, { ...range, length });
}

/** generic_copy_file_checks: how many bytes can be copied, or an errno. */
function lengthToCopy(source: OpenFile, target: OpenFile, range: CopyRange): number {
  const modes = checkRegular(source, target);
  if (modes < 0) return modes;
  if (target.ops.canCopyRange()) {
    if (source.ops.constructor !== target.ops.constructor) return -errno.EXDEV;
  } else if (source.inode.sb !== target.inode.sb) {
    return -errno.EXDEV;
  }
  const { fromOffset, toOffset, length } = range;
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

/** generic_file_rw_checks. */
function checkRegular(source: OpenFile, target: OpenFile): number {
  if (source.inode.isDirectory || target.inode.isDirectory) return -errno.EISDIR;
  if (!source.inode.isRegular || !target.inode.isRegular) return -errno.EINVAL;
  return source.readable && target.writable && !target.appends ? 0 : -errno.EBADF;
}

function copyByReading(process: Process, source: OpenFile, target: OpenFile, range: CopyRange): number {
  const { cred } = process;
  const buffer = new Uint8Array(Math.min(range.length, pieceSize));
  const reading = { cred, pos: range.fromOffset, append: false };
  const writing = { cred, pos: range.toOffset, append: false };
  let copied = 0;
  while (copied < range.length) {
    const read = vfsRead(source, buffer.subarray(0, Math.min(buffer.length, range.length - copied)), reading);
    const written = read <= 0 ? read : vfsWrite(target, buffer.subarray(0, read), writing);
    if (written <= 0) return copied > 0 ? copied : written;
    copied += written;
    if (written < read) break;
  }
  return copied;
}

export function ficlone(process: Process, to: number, from: number): number {
  const target = process.descriptors.get(to);
  const source = process.descriptors.get(from);
  if (target === undefined || source === undefined) return -errno.EBADF;
  if (source.inode.sb !== target.inode.sb) return -errno.EXDEV;
  const modes = checkRegular(source, target);
  return modes < 0 ? modes : target.ops.clone(process.cred, target, source);
}
