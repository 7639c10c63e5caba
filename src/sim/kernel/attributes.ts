import { errno } from '../../host/errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  S_IFSOCK,
  UTIME_NOW,
  UTIME_OMIT,
} from '../../host/constants.ts';
import { notifyChange, vfsChmod, vfsChown, vfsTruncate } from '../vfs/attr.ts';
import { isRootOf, NO_CAPABILITIES, type Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_CTIME,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_TIMES_SET,
  ATTR_TOUCH,
  iattr,
} from '../vfs/iattr.ts';
import { kernelId, type IdMap } from '../vfs/id-map.ts';
import { LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import { MNT_NOEXEC, type VfsPath } from '../vfs/mount.ts';
import { inodePermission, mayWriteMount, MAY_ACCESS, MAY_EXEC, MAY_WRITE } from '../vfs/permission.ts';
import type { Process } from './process.ts';
import { lookupOf } from './stat.ts';
import { Walk } from './walk.ts';

/** System calls on the attributes of files (fs/open.c, fs/utimes.c). */

export function faccessat2(process: Process, dirfd: number, path: string, mode: number, flags: number): number {
  if ((mode & ~7) !== 0) return -errno.EINVAL;
  if ((flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -errno.EINVAL;
  const cred = (flags & AT_EACCESS) !== 0 ? process.cred : realCredentials(process.cred);
  const walk = new Walk(process, cred);
  const answer = walk.lookup(dirfd, path, lookupOf(flags));
  if (answer < 0) return answer;
  const { inode, mount } = walk;
  if ((mode & MAY_EXEC) !== 0 && inode.isRegular && (mount.flags & MNT_NOEXEC) !== 0) return -errno.EACCES;
  const allowed = inodePermission(cred, inode, mode | MAY_ACCESS);
  if (allowed < 0 || (mode & MAY_WRITE) === 0 || isSpecial(inode.mode)) return allowed;
  return mayWriteMount(mount);
}

/** What access(2) asks with: the real ids, and root's capabilities only for real root. */
function realCredentials(cred: Credentials): Credentials {
  if (cred.fsuid === cred.uid && cred.fsgid === cred.gid && cred.euid === cred.uid) return cred;
  const effective = isRootOf(cred.userNamespace, cred.uid) ? cred.permitted : NO_CAPABILITIES;
  return { ...cred, fsuid: cred.uid, fsgid: cred.gid, effective };
}

function isSpecial(mode: number): boolean {
  const type = mode & S_IFMT;
  return type === S_IFCHR || type === S_IFBLK || type === S_IFIFO || type === S_IFSOCK;
}

export function fchmodat(process: Process, dirfd: number, path: string, mode: number, flags: number): number {
  return onPath(process, dirfd, path, flags, ({ dentry }) => vfsChmod(process.cred, dentry, mode));
}

export function fchownat(
  process: Process,
  dirfd: number,
  path: string,
  uid: number,
  gid: number,
  flags: number,
): number {
  return onPath(process, dirfd, path, flags, ({ dentry }) => changeOwner(process, dentry, uid, gid));
}

export function fchmod(process: Process, fd: number, mode: number): number {
  return onDescriptor(process, fd, ({ dentry }) => vfsChmod(process.cred, dentry, mode));
}

export function fchown(process: Process, fd: number, uid: number, gid: number): number {
  return onDescriptor(process, fd, ({ dentry }) => changeOwner(process, dentry, uid, gid));
}

/** EINVAL for an id that the caller's namespace does not have. */
function changeOwner({ cred }: Process, dentry: Dentry, uid: number, gid: number): number {
  const owner = idOf(cred.userNamespace.uids, uid);
  const group = idOf(cred.userNamespace.gids, gid);
  return owner === undefined || group === undefined ? -errno.EINVAL : vfsChown(cred, dentry, owner, group);
}

/** An id as the kernel has it; -1 for the one that keeps what there is. */
function idOf(map: IdMap, id: number): number | undefined {
  const unsigned = id >>> 0;
  return unsigned === 0xffffffff ? -1 : kernelId(map, unsigned);
}

/** Changes what a path leads to, if its mount can be written to. */
function onPath(
  process: Process,
  dirfd: number,
  path: string,
  flags: number,
  change: (path: VfsPath) => number,
): number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -errno.EINVAL;
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, lookupOf(flags));
  return answer < 0 ? answer : changeWritable(walk, change);
}

function onDescriptor(process: Process, fd: number, change: (path: VfsPath) => number): number {
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : changeWritable(file, change);
}

function changeWritable(path: VfsPath, change: (path: VfsPath) => number): number {
  const readOnly = mayWriteMount(path.mount);
  return readOnly < 0 ? readOnly : change(path);
}

/** The two times of utimensat(2). */
export interface Times {
  readonly atimeSec: number;
  readonly atimeNsec: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
}

export function utimensat(
  process: Process,
  dirfd: number,
  path: string | undefined,
  times: Times,
  flags: number,
): number {
  // The path is not even looked at.
  if (times.atimeNsec === UTIME_OMIT && times.mtimeNsec === UTIME_OMIT) return 0;
  const change = (place: VfsPath): number => setTimes(process.cred, place, times);
  if (path !== undefined) return onTimesPath(process, dirfd, path, times, flags, change);
  if (dirfd === AT_FDCWD) return -errno.EFAULT;
  if (flags !== 0) return -errno.EINVAL;
  const file = process.descriptors.get(dirfd);
  if (file === undefined) return -errno.EBADF;
  return areValid(times) ? changeWritable(file, change) : -errno.EINVAL;
}

function onTimesPath(
  process: Process,
  dirfd: number,
  path: string,
  times: Times,
  flags: number,
  change: (path: VfsPath) => number,
): number {
  if (!areValid(times)) {
    // Bad times are found only once the file is.
    const found = onPath(process, dirfd, path, flags, () => 0);
    return found < 0 && found !== -errno.EROFS ? found : -errno.EINVAL;
  }
  return onPath(process, dirfd, path, flags, change);
}

function areValid({ atimeNsec, mtimeNsec }: Times): boolean {
  return isNanoseconds(atimeNsec) && isNanoseconds(mtimeNsec);
}

function isNanoseconds(nsec: number): boolean {
  return nsec === UTIME_NOW || nsec === UTIME_OMIT || (nsec >= 0 && nsec <= 999_999_999);
}

/** vfs_utimes. */
function setTimes(cred: Credentials, { dentry }: VfsPath, times: Times): number {
  const attr = iattr(ATTR_CTIME | ATTR_MTIME | ATTR_ATIME);
  if (times.atimeNsec === UTIME_NOW && times.mtimeNsec === UTIME_NOW) {
    attr.valid |= ATTR_TOUCH;
    return notifyChange(cred, dentry, attr);
  }
  attr.valid |= ATTR_TIMES_SET;
  if (times.atimeNsec === UTIME_OMIT) attr.valid &= ~ATTR_ATIME;
  else if (times.atimeNsec !== UTIME_NOW) {
    attr.valid |= ATTR_ATIME_SET;
    attr.atimeSec = times.atimeSec;
    attr.atimeNsec = times.atimeNsec;
  }
  if (times.mtimeNsec === UTIME_OMIT) attr.valid &= ~ATTR_MTIME;
  else if (times.mtimeNsec !== UTIME_NOW) {
    attr.valid |= ATTR_MTIME_SET;
    attr.mtimeSec = times.mtimeSec;
    attr.mtimeNsec = times.mtimeNsec;
  }
  return notifyChange(cred, dentry, attr);
}

export function truncate(process: Process, path: string, length: number): number {
  if (length < 0) return -errno.EINVAL;
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, path, LOOKUP_FOLLOW);
  return answer < 0 ? answer : vfsTruncate(process.cred, walk, length);
}
