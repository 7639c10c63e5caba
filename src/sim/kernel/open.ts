import { errno } from '../../host/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDWR,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../host/constants.ts';
import { doTruncate } from '../vfs/attr.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import { ATTR_CTIME, ATTR_MTIME, ATTR_OPEN } from '../vfs/iattr.ts';
import {
  LOOKUP_BENEATH,
  LOOKUP_DIRECTORY,
  LOOKUP_FOLLOW,
  LOOKUP_IN_ROOT,
  LOOKUP_NO_SYMLINKS,
  LOOKUP_NO_XDEV,
} from '../vfs/lookup.ts';
import { MNT_NODEV, MNT_NOEXEC, positive, type VfsPath } from '../vfs/mount.ts';
import { lookupChild, mayMakeIn, prepareMode, vfsTmpfile } from '../vfs/namei.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import {
  inodePermission,
  mayWriteMount,
  MAY_APPEND,
  MAY_EXEC,
  MAY_OPEN,
  MAY_READ,
  MAY_WRITE,
  ownerOrCapable,
} from '../vfs/permission.ts';
import { S_APPEND } from '../vfs/protection.ts';
import { mayCreateInSticky } from './hardening.ts';
import type { Process } from './process.ts';
import { checkPath, Walk } from './walk.ts';

/** O_TMPFILE's own bit, which counts with O_DIRECTORY only. */
const tmpfileBit = O_TMPFILE & ~O_DIRECTORY;
/** FASYNC and O_NOCTTY are known and mean nothing for files. */
const FASYNC = 0o20000;

const knownFlags =
  O_ACCMODE |
  O_APPEND |
  O_CLOEXEC |
  O_CREAT |
  O_DIRECT |
  O_DSYNC |
  O_EXCL |
  O_LARGEFILE |
  O_NOATIME |
  O_NOCTTY |
  O_NOFOLLOW |
  O_NONBLOCK |
  O_PATH |
  O_SYNC |
  O_TMPFILE |
  O_TRUNC |
  FASYNC;

const pathFlags = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
/** RESOLVE_CACHED: only what the kernel has in its caches, of which nothing is said here: it never has it (EAGAIN). */
const RESOLVE_CACHED = 0x20;
const knownResolve =
  RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;

/** The arguments of openat2(2) (struct open_how). */
export interface OpenHow {
  readonly flags: number;
  readonly mode: number;
  readonly resolve: number;
}

/** What an open does, after its arguments were checked (struct open_flags). */
interface Opening {
  readonly flags: number;
  readonly mode: number;
  /** MAY_* that the object must allow. */
  readonly access: number;
  readonly lookup: number;
}

/** openat(2): what it does not know is ignored. */
export function openat(process: Process, dirfd: number, path: string, flags: number, mode: number): number {
  const known = flags & ((flags & O_PATH) !== 0 ? pathFlags : knownFlags);
  const creates = (known & (O_CREAT | tmpfileBit)) !== 0;
  return openat2(process, dirfd, path, { flags: known, mode: creates ? mode & 0o7777 : 0, resolve: 0 });
}

export function openat2(process: Process, dirfd: number, path: string, how: OpenHow): number {
  const opening = checkHow(how);
  if (typeof opening === 'number') return opening;
  const named = checkPath(path, 0);
  if (named < 0) return named;
  const file = openFile(process, dirfd, path, opening);
  if (typeof file === 'number') return file;
  const fd = process.descriptors.add(file);
  if (fd < 0) closeFile(file);
  return fd;
}

/** build_open_flags. */
function checkHow({ flags, mode, resolve }: OpenHow): Opening | number {
  if ((flags & ~knownFlags) !== 0 || (resolve & ~knownResolve) !== 0) return -errno.EINVAL;
  if ((resolve & RESOLVE_BENEATH) !== 0 && (resolve & RESOLVE_IN_ROOT) !== 0) return -errno.EINVAL;
  const creates = (flags & (O_CREAT | tmpfileBit)) !== 0;
  if ((creates && (mode & ~0o7777) !== 0) || (!creates && mode !== 0)) return -errno.EINVAL;
  if ((flags & O_DIRECTORY) !== 0 && (flags & O_CREAT) !== 0) return -errno.EINVAL;
  let access = accessOf(flags);
  if ((flags & tmpfileBit) !== 0) {
    if ((flags & O_DIRECTORY) === 0 || (access & MAY_WRITE) === 0) return -errno.EINVAL;
  }
  if ((flags & O_PATH) !== 0) {
    if ((flags & ~pathFlags) !== 0) return -errno.EINVAL;
    access = 0;
  }
  if ((resolve & RESOLVE_CACHED) !== 0) return -errno.EAGAIN;
  if ((flags & O_TRUNC) !== 0) access |= MAY_WRITE;
  if ((flags & O_APPEND) !== 0) access |= MAY_APPEND;
  return { flags, mode: creates ? mode | S_IFREG : 0, access, lookup: lookupOf(flags, resolve) };
}

function accessOf(flags: number): number {
  switch (flags & O_ACCMODE) {
    case 0:
      return MAY_READ;
    case O_WRONLY:
      return MAY_WRITE;
    case O_RDWR:
    default:
      return MAY_READ | MAY_WRITE;
  }
}

function lookupOf(flags: number, resolve: number): number {
  let lookup = (flags & O_DIRECTORY) !== 0 ? LOOKUP_DIRECTORY : 0;
  const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  if ((flags & O_NOFOLLOW) === 0 && !exclusive) lookup |= LOOKUP_FOLLOW;
  if ((resolve & RESOLVE_NO_XDEV) !== 0) lookup |= LOOKUP_NO_XDEV;
  if ((resolve & RESOLVE_NO_SYMLINKS) !== 0) lookup |= LOOKUP_NO_SYMLINKS;
  if ((resolve & RESOLVE_BENEATH) !== 0) lookup |= LOOKUP_BENEATH;
  if ((resolve & RESOLVE_IN_ROOT) !== 0) lookup |= LOOKUP_IN_ROOT;
  return lookup;
}

/** path_openat. */
function openFile(process: Process, dirfd: number, path: string, opening: Opening): OpenFile | number {
  if ((opening.flags & tmpfileBit) !== 0) return openTmpfile(process, dirfd, path, opening);
  const walk = new Walk(process);
  if ((opening.flags & O_PATH) !== 0) {
    const answer = walk.lookup(dirfd, path, opening.lookup);
    return answer < 0 ? answer : openPath(process.cred, walk.path(), opening.flags);
  }
  const started = walk.start(dirfd, path, opening.lookup);
  if (started < 0) return started;
  for (let rest = path; ;) {
    const walked = walk.walkParents(rest);
    if (walked < 0) return walked;
    const last = lastStep(process, walk, opening);
    if (typeof last === 'string') rest = last;
    else return last < 0 ? last : finishOpen(process, walk, opening, last === createdHere ? 'created' : 'found');
  }
}

/** Answer of lastStep: the file was made, and the walk stands on it. */
const createdHere = 1;

/** open_last_lookups: finds the last component, or makes it. */
function lastStep(process: Process, walk: Walk, opening: Opening): number | string {
  if (walk.lastType !== 'name') return walk.lookupLast();
  const creates = (opening.flags & O_CREAT) !== 0;
  if (creates && walk.trailingSlash) return -errno.EISDIR;
  if (!creates) return walk.lookupLast();
  const found = lookupOrCreate(process.cred, walk, opening);
  if (typeof found === 'number') return found;
  const answer = walk.stepInto(found.dentry, 'trailing');
  return found.created ? createdHere : answer;
}

/** lookup_open of an open with O_CREAT. */
function lookupOrCreate(
  cred: Credentials,
  walk: Walk,
  { mode }: Opening,
): { readonly dentry: Dentry; readonly created: boolean } | number {
  const dir = walk.inode;
  const dentry = lookupChild(cred, walk.dentry, walk.last);
  if (typeof dentry === 'number') return dentry;
  if (dentry.inode !== null) return { dentry, created: false };
  // Asked for before the lookup in the kernel, but what it says counts only where there is nothing.
  const prepared = prepareMode(cred, dir, mode, mode, mode);
  const writable = mayWriteMount(walk.mount);
  const refused = writable < 0 ? writable : mayMakeIn(cred, dir);
  if (refused < 0) return refused;
  const made = dir.create(cred, dentry, prepared);
  return made < 0 ? made : { dentry, created: true };
}

/** do_open: the checks on what was found, and its opening. */
function finishOpen(process: Process, walk: Walk, opening: Opening, outcome: 'created' | 'found'): OpenFile | number {
  const { cred } = process;
  const created = outcome === 'created';
  if (!created) {
    const complete = walk.complete();
    if (complete < 0) return complete;
  }
  const { inode } = walk;
  if ((opening.flags & O_CREAT) !== 0) {
    if ((opening.flags & O_EXCL) !== 0 && !created) return -errno.EEXIST;
    if (inode.isDirectory) return -errno.EISDIR;
    const sticky = created ? 0 : mayCreateInSticky(cred, positive(walk.dentry.parent), inode);
    if (sticky < 0) return sticky;
  }
  if (walk.wantsDirectory && !inode.isDirectory) return -errno.ENOTDIR;
  const truncates = !created && inode.isRegular && (opening.flags & O_TRUNC) !== 0;
  if (truncates) {
    const writable = mayWriteMount(walk.mount);
    if (writable < 0) return writable;
  }
  const allowed = mayOpen(cred, walk, created ? 0 : opening.access, opening.flags);
  if (allowed < 0) return allowed;
  const file = openPath(cred, walk.path(), opening.flags);
  if (typeof file === 'number' || !truncates) return file;
  const cut = doTruncate(cred, walk.dentry, 0, ATTR_MTIME | ATTR_CTIME | ATTR_OPEN, file);
  if (cut === 0) return file;
  closeFile(file);
  return cut;
}

/** may_open. */
function mayOpen(cred: Credentials, { mount, dentry }: VfsPath, access: number, flags: number): number {
  const inode = positive(dentry);
  switch (inode.mode & S_IFMT) {
    case S_IFLNK:
      return -errno.ELOOP;
    case S_IFDIR:
      if ((access & MAY_WRITE) !== 0) return -errno.EISDIR;
      break;
    case S_IFBLK:
    case S_IFCHR:
      if ((mount.flags & MNT_NODEV) !== 0 || inode.sb.noDevices) return -errno.EACCES;
      break;
    default:
      if ((access & MAY_EXEC) !== 0 && (mount.flags & MNT_NOEXEC) !== 0) return -errno.EACCES;
  }
  const allowed = inodePermission(cred, inode, MAY_OPEN | access);
  if (allowed < 0) return allowed;
  if ((inode.protection & S_APPEND) !== 0 && !onlyAppends(flags)) return -errno.EPERM;
  return (flags & O_NOATIME) !== 0 && !ownerOrCapable(cred, inode) ? -errno.EPERM : 0;
}

function onlyAppends(flags: number): boolean {
  return ((flags & O_ACCMODE) === 0 || (flags & O_APPEND) !== 0) && (flags & O_TRUNC) === 0;
}

/** do_tmpfile. */
function openTmpfile(process: Process, dirfd: number, path: string, opening: Opening): OpenFile | number {
  const walk = new Walk(process);
  const found = walk.lookup(dirfd, path, opening.lookup | LOOKUP_DIRECTORY);
  if (found < 0) return found;
  const writable = mayWriteMount(walk.mount);
  if (writable < 0) return writable;
  const fate = (opening.flags & O_EXCL) !== 0 ? 'nameless' : 'linkable';
  const dentry = vfsTmpfile(process.cred, walk.dentry, opening.mode, fate);
  if (typeof dentry === 'number') return dentry;
  const place = { mount: walk.mount, dentry };
  const allowed = mayOpen(process.cred, place, 0, opening.flags);
  return allowed < 0 ? allowed : openPath(process.cred, place, opening.flags);
}
