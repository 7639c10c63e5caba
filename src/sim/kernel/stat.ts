import { errno } from '../../host/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  ST_MANDLOCK,
  ST_NOATIME,
  ST_NODEV,
  ST_NODIRATIME,
  ST_NOEXEC,
  ST_NOSUID,
  ST_NOSYMFOLLOW,
  ST_RDONLY,
  ST_RELATIME,
  ST_SYNCHRONOUS,
  ST_VALID,
} from '../../host/constants.ts';
import { StatSlot, type StatBuffer, type Statfs } from '../../host/stat.ts';
import { touchAtime } from '../vfs/atime.ts';
import { shownId } from '../vfs/id-map.ts';
import { Kstat } from '../vfs/kstat.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import {
  MNT_NOATIME,
  MNT_NODEV,
  MNT_NODIRATIME,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_NOSYMFOLLOW,
  MNT_READONLY,
  MNT_RELATIME,
  positive,
  type VfsPath,
} from '../vfs/mount.ts';
import { SB_MANDLOCK, SB_RDONLY, SB_SYNCHRONOUS } from '../vfs/superblock.ts';
import type { Process } from './process.ts';
import { Walk } from './walk.ts';

/** System calls that tell of files and filesystems (fs/stat.c, fs/statfs.c, fs/fhandle.c). */

const statFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
const kstat = new Kstat();

export function fstatat(process: Process, dirfd: number, path: string, out: StatBuffer, flags: number): number {
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0 && dirfd >= 0) return fstat(process, dirfd, out);
  if ((flags & ~statFlags) !== 0) return -errno.EINVAL;
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, lookupOf(flags));
  return answer < 0 ? answer : statPath(process, walk, out);
}

function fstat(process: Process, fd: number, out: StatBuffer): number {
  const file = process.descriptors.getRaw(fd);
  return file === undefined ? -errno.EBADF : statPath(process, file, out);
}

/** LOOKUP_* of the `*at` calls that follow symlinks unless told otherwise. */
export function lookupOf(flags: number): number {
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0;
  return (flags & AT_EMPTY_PATH) === 0 ? follow : follow | LOOKUP_EMPTY;
}

function statPath(process: Process, path: VfsPath, { numbers, words }: StatBuffer): number {
  const { uids, gids } = process.cred.userNamespace;
  const answer = positive(path.dentry).getattr(process.cred, path, kstat);
  if (answer < 0) return answer;
  words[StatSlot.ino] = typeof kstat.ino === 'bigint' ? kstat.ino : BigInt(kstat.ino);
  words[StatSlot.blocks] = BigInt(kstat.blocks);
  numbers[StatSlot.dev] = kstat.dev;
  numbers[StatSlot.mode] = kstat.mode;
  numbers[StatSlot.nlink] = kstat.nlink;
  numbers[StatSlot.uid] = shownId(uids, kstat.uid);
  numbers[StatSlot.gid] = shownId(gids, kstat.gid);
  numbers[StatSlot.rdev] = kstat.rdev;
  numbers[StatSlot.size] = kstat.size;
  numbers[StatSlot.blksize] = kstat.blksize;
  numbers[StatSlot.atimeSec] = kstat.atimeSec;
  numbers[StatSlot.atimeNsec] = kstat.atimeNsec;
  numbers[StatSlot.mtimeSec] = kstat.mtimeSec;
  numbers[StatSlot.mtimeNsec] = kstat.mtimeNsec;
  numbers[StatSlot.ctimeSec] = kstat.ctimeSec;
  numbers[StatSlot.ctimeNsec] = kstat.ctimeNsec;
  return 0;
}

/** The empty path is that of the descriptor; ENOENT where that is no symlink. */
export function readlinkat(process: Process, dirfd: number, path: string): string | number {
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, LOOKUP_EMPTY);
  if (answer < 0) return answer;
  if (!walk.inode.isSymlink) return path === '' ? -errno.ENOENT : -errno.EINVAL;
  touchAtime(walk);
  return walk.inode.getLink(process.cred, walk.dentry);
}

export function statfs(process: Process, path: string): Statfs | number {
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, path, LOOKUP_FOLLOW);
  return answer < 0 ? answer : statfsOf(walk);
}

export function fstatfs(process: Process, fd: number): Statfs | number {
  const file = process.descriptors.getRaw(fd);
  return file === undefined ? -errno.EBADF : statfsOf(file);
}

function statfsOf({ mount, dentry }: VfsPath): Statfs | number {
  const answer = dentry.sb.statfs(dentry);
  if (typeof answer === 'number') return answer;
  return {
    ...answer,
    flags: ST_VALID | shown(mount.flags, shownMountFlags) | shown(mount.sb.flags, shownSuperblockFlags),
  };
}

function shown(flags: number, table: readonly (readonly [number, number])[]): number {
  return table.reduce((all, [flag, st]) => ((flags & flag) === 0 ? all : all | st), 0);
}

const shownMountFlags = [
  [MNT_READONLY, ST_RDONLY],
  [MNT_NOSUID, ST_NOSUID],
  [MNT_NODEV, ST_NODEV],
  [MNT_NOEXEC, ST_NOEXEC],
  [MNT_NOATIME, ST_NOATIME],
  [MNT_NODIRATIME, ST_NODIRATIME],
  [MNT_RELATIME, ST_RELATIME],
  [MNT_NOSYMFOLLOW, ST_NOSYMFOLLOW],
] as const;

const shownSuperblockFlags = [
  [SB_RDONLY, ST_RDONLY],
  [SB_SYNCHRONOUS, ST_SYNCHRONOUS],
  [SB_MANDLOCK, ST_MANDLOCK],
] as const;

/** The low byte of the handle's type, then its bytes. */
export function nameToHandleAt(process: Process, dirfd: number, path: string, flags: number): Uint8Array | number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -errno.EINVAL;
  const follow = (flags & AT_SYMLINK_FOLLOW) !== 0 ? LOOKUP_FOLLOW : 0;
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, (flags & AT_EMPTY_PATH) !== 0 ? follow | LOOKUP_EMPTY : follow);
  if (answer < 0) return answer;
  const handle = walk.inode.sb.encodeHandle(walk.inode);
  if (handle === undefined) return -errno.EOPNOTSUPP;
  const bytes = new Uint8Array(1 + handle.bytes.length);
  bytes[0] = handle.type;
  bytes.set(handle.bytes, 1);
  return bytes;
}
