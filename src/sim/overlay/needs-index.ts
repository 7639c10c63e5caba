import { positive } from '../vfs/mount.ts';
import type { OverlayInode } from './overlay-inode.ts';

/** Whether an object gets an index entry when it is copied up: lower hard links do, with nfs_export all (ovl_need_index, R163). */
export function needsIndex(inode: OverlayInode): boolean {
  const lower = inode.lowerPath;
  if (lower === undefined || inode.sb.indexDirectory === undefined) return false;
  if (inode.sb.indexesAll) return true;
  const real = positive(lower.dentry);
  return !real.isDirectory && real.nlink > 1;
}
