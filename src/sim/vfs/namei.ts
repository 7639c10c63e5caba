import { errno } from '../../host/errno.ts';
import { S_IFBLK, S_IFCHR, S_IFMT, S_IFREG, S_ISGID, S_ISVTX } from '../../host/constants.ts';
import { CAP_MKNOD, capable, fsIdsMapped, type Credentials } from './credentials.ts';
import { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import { positive } from './mount.ts';
import { inGroupOrCapable, inodePermission, isStickyFor, MAY_EXEC, MAY_WRITE } from './permission.ts';
import { S_APPEND } from './protection.ts';

/**
 * Operations on names with the checks that the kernel makes above every filesystem, in its order (fs/namei.c, vfs_*). The
 * mount is not looked at: callers ask mayWriteMount first. Answers are 0 or a negative errno.
 */

const S_IALLUGO = 0o7777;

/** Finds one name in a directory after asking for permission to search it (lookup_one). */
export function lookupOne(cred: Credentials, directory: Dentry, name: string): Dentry | number {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return -errno.EACCES;
  const answer = inodePermission(cred, positive(directory), MAY_EXEC);
  return answer < 0 ? answer : lookupChild(cred, directory, name);
}

/** Finds a name without asking for permission (lookup_noperm): from the cache, or by the filesystem's lookup. */
export function lookupChild(cred: Credentials, directory: Dentry, name: string): Dentry | number {
  const inode = positive(directory);
  const cached = directory.children?.get(name);
  if (cached !== undefined) {
    const valid = inode.revalidate(cred, cached);
    if (valid > 0) return cached;
    if (valid < 0) return valid;
    cached.drop();
  }
  if (inode.dead) return -errno.ENOENT;
  return inode.lookup(cred, new Dentry(directory.sb, directory, name, null));
}

/** may_create: whether `dentry` can be made in `dir`; not in one that was removed (R131). */
export function mayCreate(cred: Credentials, dir: Inode, dentry: Dentry): number {
  if (dentry.inode !== null) return -errno.EEXIST;
  if (dir.dead) return -errno.ENOENT;
  return mayMakeIn(cred, dir);
}

/** Whether `cred` can own something in a directory, and may write to it. */
export function mayMakeIn(cred: Credentials, dir: Inode): number {
  if (!fsIdsMapped(cred, dir.sb.userNamespace)) return -errno.EOVERFLOW;
  return inodePermission(cred, dir, MAY_WRITE | MAY_EXEC);
}

/** What a removal is for: a directory (rmdir) or anything else (unlink). */
export type Removal = 'directory' | 'other';

/** may_delete: whether the name `victim` can be taken out of `dir` (R130, R140). */
export function mayDelete(cred: Credentials, dir: Inode, victim: Dentry, removal: Removal): number {
  const { inode } = victim;
  if (inode === null) return -errno.ENOENT;
  const answer = inodePermission(cred, dir, MAY_WRITE | MAY_EXEC);
  if (answer < 0) return answer;
  if ((dir.protection & S_APPEND) !== 0 || inode.protection !== 0) return -errno.EPERM;
  if (isStickyFor(cred, dir, inode)) return -errno.EPERM;
  if (removal === 'directory') {
    if (!inode.isDirectory) return -errno.ENOTDIR;
    if (victim.isRoot) return -errno.EBUSY;
  } else if (inode.isDirectory) {
    return -errno.EISDIR;
  }
  return dir.dead ? -errno.ENOENT : 0;
}

/** The mode that a new object is asked to have: set-group-ID and umask taken off, cut to `allowed` (vfs_prepare_mode). */
export function prepareMode(cred: Credentials, dir: Inode, mode: number, allowed: number, type: number): number {
  let prepared = stripSetgid(cred, dir, mode);
  if (!dir.hasPosixAcl) prepared &= ~dir.sb.kernel.umask;
  return (prepared & allowed & ~S_IFMT) | (type & S_IFMT);
}

/**
 * The set-group-ID bit of an executable made in a set-group-ID directory is only for members of its group
 * (mode_strip_sgid).
 */
function stripSetgid(cred: Credentials, dir: Inode, mode: number): number {
  const executable = S_ISGID | 0o010;
  if ((mode & executable) !== executable || (mode & S_IFMT) === 0o040000 || (dir.mode & S_ISGID) === 0) return mode;
  return inGroupOrCapable(cred, dir) ? mode : mode & ~S_ISGID;
}

export function vfsCreate(cred: Credentials, dir: Inode, dentry: Dentry, mode: number): number {
  const answer = mayCreate(cred, dir, dentry);
  if (answer < 0) return answer;
  const prepared = prepareMode(cred, dir, mode, S_IALLUGO, S_IFREG);
  return dir.create(cred, dentry, prepared);
}

export function vfsMkdir(cred: Credentials, dir: Inode, dentry: Dentry, mode: number): number {
  const answer = mayCreate(cred, dir, dentry);
  if (answer < 0) return answer;
  const prepared = prepareMode(cred, dir, mode, 0o777 | S_ISVTX, 0);
  const { maxLinks } = dir.sb;
  if (maxLinks !== 0 && dir.nlink >= maxLinks) return -errno.EMLINK;
  return dir.mkdir(cred, dentry, prepared);
}

/** `mode` has its S_IFMT bits. A character device 0/0, overlay's whiteout, needs no capability. */
export function vfsMknod(cred: Credentials, dir: Inode, dentry: Dentry, mode: number, rdev: number): number {
  const answer = mayCreate(cred, dir, dentry);
  if (answer < 0) return answer;
  const type = mode & S_IFMT;
  const whiteout = type === S_IFCHR && rdev === 0;
  if ((type === S_IFCHR || type === S_IFBLK) && !whiteout && !capable(cred, CAP_MKNOD)) return -errno.EPERM;
  return dir.mknod(cred, dentry, prepareMode(cred, dir, mode, mode, mode), rdev);
}

export function vfsSymlink(cred: Credentials, dir: Inode, dentry: Dentry, target: string): number {
  const answer = mayCreate(cred, dir, dentry);
  return answer < 0 ? answer : dir.symlink(cred, dentry, target);
}

/** R159. */
export function vfsLink(cred: Credentials, old: Dentry, dir: Inode, dentry: Dentry): number {
  const { inode } = old;
  if (inode === null) return -errno.ENOENT;
  const answer = mayCreate(cred, dir, dentry);
  if (answer < 0) return answer;
  if (dir.sb !== inode.sb) return -errno.EXDEV;
  if (inode.isDirectory || inode.protection !== 0) return -errno.EPERM;
  if (inode.nlink === 0 && !inode.linkable) return -errno.ENOENT;
  const { maxLinks } = dir.sb;
  if (maxLinks !== 0 && inode.nlink >= maxLinks) return -errno.EMLINK;
  const linked = dir.link(cred, old, dentry);
  if (linked === 0) inode.linkable = false;
  return linked;
}

export function vfsUnlink(cred: Credentials, dir: Inode, dentry: Dentry): number {
  const answer = mayDelete(cred, dir, dentry, 'other');
  if (answer < 0) return answer;
  if (dentry.mounts > 0) return -errno.EBUSY;
  const removed = dir.unlink(cred, dentry);
  if (removed === 0) dentry.drop();
  return removed;
}

export function vfsRmdir(cred: Credentials, dir: Inode, dentry: Dentry): number {
  const answer = mayDelete(cred, dir, dentry, 'directory');
  if (answer < 0) return answer;
  if (dentry.mounts > 0) return -errno.EBUSY;
  const removed = dir.rmdir(cred, dentry);
  if (removed < 0) return removed;
  positive(dentry).dead = true;
  dentry.drop();
  return 0;
}

/**
 * A file without a name in the directory `parent`, as O_TMPFILE makes it: its dentry, in no cache. `linkable`: a link may
 * be made to it later (no O_EXCL).
 */
export function vfsTmpfile(
  cred: Credentials,
  parent: Dentry,
  mode: number,
  fate: 'linkable' | 'nameless',
): Dentry | number {
  const dir = positive(parent);
  const answer = inodePermission(cred, dir, MAY_WRITE | MAY_EXEC);
  if (answer < 0) return answer;
  const dentry = new Dentry(parent.sb, parent, '/', null);
  const made = dir.tmpfile(cred, dentry, prepareMode(cred, dir, mode, mode, mode));
  if (made < 0) return made;
  if (fate === 'linkable') positive(dentry).linkable = true;
  return dentry;
}
