import { S_ATIME, type Inode } from './inode.ts';
import { MNT_NOATIME, MNT_NODIRATIME, MNT_RELATIME, positive, type VfsPath } from './mount.ts';
import { mayWriteMount } from './permission.ts';

/** How old an access time may become under relatime before a read sets it anyway. */
const relatimeSeconds = 24 * 60 * 60;

/** Notes that a file, directory or symlink was read, as the flags of its mount say (touch_atime). */
export function touchAtime(path: VfsPath): void {
  const inode = positive(path.dentry);
  const { flags } = path.mount;
  if ((flags & MNT_NOATIME) !== 0) return;
  if ((flags & MNT_NODIRATIME) !== 0 && inode.isDirectory) return;
  if ((flags & MNT_RELATIME) !== 0 && !isStale(inode)) return;
  if (mayWriteMount(path.mount) === 0) inode.updateTime(S_ATIME);
}

/** relatime_need_update: never read since the last change, or not for a day. */
function isStale(inode: Inode): boolean {
  const { atimeSec, atimeNsec } = inode;
  if (atimeSec < inode.mtimeSec || (atimeSec === inode.mtimeSec && atimeNsec <= inode.mtimeNsec)) return true;
  if (atimeSec < inode.ctimeSec || (atimeSec === inode.ctimeSec && atimeNsec <= inode.ctimeNsec)) return true;
  return inode.sb.kernel.clock.sec - atimeSec >= relatimeSeconds;
}
