import { errno } from '../../host/errno.ts';
import { S_IFIFO, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_ISVTX } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Inode } from '../vfs/inode.ts';
import { inodePermission, MAY_READ, MAY_WRITE, ownerOrCapable } from '../vfs/permission.ts';

/** The rules of /proc/sys/fs/protected_*. Answers are 0 or a negative errno. */

/** A symlink in a sticky, world-writable directory is for its owner and that of the directory (may_follow_link). */
export function mayFollowLink(cred: Credentials, link: Inode, directory: Inode): number {
  if (!link.sb.kernel.profile.protectedSymlinks) return 0;
  if (link.uid === cred.fsuid || link.uid === directory.uid) return 0;
  const shared = S_ISVTX | 0o002;
  return (directory.mode & shared) === shared ? -errno.EACCES : 0;
}

/** A link may be made to one's own files, and to regular ones without set-id bits that one may read and write (may_linkat). */
export function mayLink(cred: Credentials, inode: Inode): number {
  if (!inode.sb.kernel.profile.protectedHardlinks) return 0;
  return isSafeSource(cred, inode) || ownerOrCapable(cred, inode) ? 0 : -errno.EPERM;
}

function isSafeSource(cred: Credentials, inode: Inode): boolean {
  const setgidExecutable = S_ISGID | 0o010;
  if (!inode.isRegular || (inode.mode & S_ISUID) !== 0) return false;
  if ((inode.mode & setgidExecutable) === setgidExecutable) return false;
  return inodePermission(cred, inode, MAY_READ | MAY_WRITE) === 0;
}

/**
 * O_CREAT on what another owns in a sticky directory (may_create_in_sticky). The settings free regular files and fifos only: a
 * socket or a device is refused whatever they say.
 */
export function mayCreateInSticky(cred: Credentials, directory: Inode, inode: Inode): number {
  const { protectedRegular, protectedFifos } = inode.sb.kernel.profile;
  const type = inode.mode & S_IFMT;
  const level = type === S_IFIFO ? protectedFifos : type === S_IFREG ? protectedRegular : 1;
  if (level === 0 || (directory.mode & S_ISVTX) === 0) return 0;
  if (inode.uid === directory.uid || inode.uid === cred.fsuid) return 0;
  const groupCounts = level === 2 && (directory.mode & 0o020) !== 0;
  return (directory.mode & 0o002) !== 0 || groupCounts ? -errno.EACCES : 0;
}
