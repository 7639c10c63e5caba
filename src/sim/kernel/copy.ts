import { errno } from '../../host/errno.ts';
import { checkRegular, vfsCopyRange } from '../vfs/copy-range.ts';
import type { Process } from './process.ts';

/** copy_file_range(2) and ioctl(FICLONE) (fs/read_write.c, fs/remap_range.c). */

export interface DescriptorRange {
  readonly from: number;
  readonly fromOffset: number;
  readonly to: number;
  readonly toOffset: number;
  readonly length: number;
}

export function copyFileRange(process: Process, { from, to, ...range }: DescriptorRange): number {
  const source = process.descriptors.get(from);
  const target = process.descriptors.get(to);
  if (source === undefined || target === undefined) return -errno.EBADF;
  return vfsCopyRange(process.cred, { source, target, ...range });
}

export function ficlone(process: Process, to: number, from: number): number {
  const target = process.descriptors.get(to);
  const source = process.descriptors.get(from);
  if (target === undefined || source === undefined) return -errno.EBADF;
  if (source.inode.sb !== target.inode.sb) return -errno.EXDEV;
  const modes = checkRegular(source, target);
  return modes < 0 ? modes : target.ops.clone(process.cred, target, source);
}
