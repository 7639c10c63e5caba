import { errno } from '../../host/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { LOOKUP_FOLLOW, LOOKUP_LINKAT_EMPTY } from '../vfs/lookup.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, vfsCreate, vfsLink, vfsMkdir, vfsMknod, vfsRmdir, vfsSymlink, vfsUnlink } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { mayLink } from './hardening.ts';
import type { Process } from './process.ts';
import { checkPath, Walk } from './walk.ts';

/** System calls that make and remove names (fs/namei.c, do_mkdirat and its siblings). */

export function mkdirat(process: Process, dirfd: number, path: string, mode: number): number {
  const walk = new Walk(process);
  const dentry = nameToCreate(process, walk, dirfd, path, 'directory');
  return typeof dentry === 'number' ? dentry : vfsMkdir(process.cred, walk.inode, dentry, mode);
}

export function mknodat(process: Process, dirfd: number, path: string, mode: number, dev: number): number {
  const type = mode & S_IFMT;
  const allowed = mayMknod(type);
  if (allowed < 0) return allowed;
  const walk = new Walk(process);
  const dentry = nameToCreate(process, walk, dirfd, path, 'other');
  if (typeof dentry === 'number') return dentry;
  if (type === 0 || type === S_IFREG) return vfsCreate(process.cred, walk.inode, dentry, mode);
  const rdev = type === S_IFCHR || type === S_IFBLK ? dev : 0;
  return vfsMknod(process.cred, walk.inode, dentry, mode & 0xffff, rdev);
}

function mayMknod(type: number): number {
  switch (type) {
    case 0:
    case S_IFREG:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
      return 0;
    default:
      return type === S_IFDIR ? -errno.EPERM : -errno.EINVAL;
  }
}

export function symlinkat(process: Process, target: string, dirfd: number, path: string): number {
  const answer = checkPath(target, 0);
  if (answer < 0) return answer;
  const walk = new Walk(process);
  const dentry = nameToCreate(process, walk, dirfd, path, 'other');
  return typeof dentry === 'number' ? dentry : vfsSymlink(process.cred, walk.inode, dentry, target);
}

export function linkat(
  process: Process,
  fromDirfd: number,
  from: string,
  toDirfd: number,
  to: string,
  flags: number,
): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -errno.EINVAL;
  const lookup =
    ((flags & AT_EMPTY_PATH) !== 0 ? LOOKUP_LINKAT_EMPTY : 0) | ((flags & AT_SYMLINK_FOLLOW) !== 0 ? LOOKUP_FOLLOW : 0);
  const source = new Walk(process);
  const found = source.lookup(fromDirfd, from, lookup);
  if (found < 0) return found;
  const walk = new Walk(process);
  const dentry = nameToCreate(process, walk, toDirfd, to, 'other');
  if (typeof dentry === 'number') return dentry;
  if (source.mount !== walk.mount) return -errno.EXDEV;
  const allowed = mayLink(process.cred, source.inode);
  return allowed < 0 ? allowed : vfsLink(process.cred, source.dentry, walk.inode, dentry);
}

/**
 * The negative dentry of a name that is to be made (filename_create). `kind`: only a directory may have slashes after its
 * name.
 */
function nameToCreate(
  process: Process,
  walk: Walk,
  dirfd: number,
  path: string,
  kind: 'directory' | 'other',
): Dentry | number {
  const answer = walk.parent(dirfd, path);
  if (answer < 0) return answer;
  if (walk.lastType !== 'name') return -errno.EEXIST;
  const readOnly = mayWriteMount(walk.mount);
  const dentry = lookupChild(process.cred, walk.dentry, walk.last);
  if (typeof dentry === 'number') return dentry;
  // R116
  if (dentry.inode !== null) return -errno.EEXIST;
  if (walk.trailingSlash && kind === 'other') return -errno.ENOENT;
  return readOnly < 0 ? readOnly : dentry;
}

export function unlinkat(process: Process, dirfd: number, path: string, flags: number): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) return -errno.EINVAL;
  return (flags & AT_REMOVEDIR) !== 0 ? rmdir(process, dirfd, path) : unlink(process, dirfd, path);
}

function unlink(process: Process, dirfd: number, path: string): number {
  const walk = new Walk(process);
  const answer = walk.parent(dirfd, path);
  if (answer < 0) return answer;
  if (walk.lastType !== 'name') return -errno.EISDIR;
  const dentry = nameToRemove(process, walk);
  if (typeof dentry === 'number') return dentry;
  if (walk.trailingSlash) return positive(dentry).isDirectory ? -errno.EISDIR : -errno.ENOTDIR;
  return vfsUnlink(process.cred, walk.inode, dentry);
}

/** The root of a mount among them (R130). */
const rmdirOfOther = { dotdot: errno.ENOTEMPTY, dot: errno.EINVAL, root: errno.EBUSY } as const;

function rmdir(process: Process, dirfd: number, path: string): number {
  const walk = new Walk(process);
  const answer = walk.parent(dirfd, path);
  if (answer < 0) return answer;
  if (walk.lastType !== 'name') return -rmdirOfOther[walk.lastType];
  const dentry = nameToRemove(process, walk);
  return typeof dentry === 'number' ? dentry : vfsRmdir(process.cred, walk.inode, dentry);
}

/** The positive dentry of a name on a mount that may be written to. */
function nameToRemove(process: Process, walk: Walk): Dentry | number {
  const readOnly = mayWriteMount(walk.mount);
  if (readOnly < 0) return readOnly;
  const dentry = lookupChild(process.cred, walk.dentry, walk.last);
  if (typeof dentry === 'number') return dentry;
  return dentry.inode === null ? -errno.ENOENT : dentry;
}
