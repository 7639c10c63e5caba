import { errno } from '../../host/errno.ts';
import { S_IFREG } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import {
  lookupChild,
  vfsCreate,
  vfsMkdir,
  vfsMknod,
  vfsRmdir,
  vfsSymlink,
  vfsTmpfile,
  vfsUnlink,
} from '../vfs/namei.ts';
import { aufsInode } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import { Part, type Branch } from './branch.ts';
import { setTimes, timesOf, type KeptTimes } from './copy-attributes.ts';
import { copyUpDirectory, writableFor } from './copy-up.ts';
import { makeInode } from './lookup.ts';
import { actor, findWhiteout, makeOpaque, removeMark } from './whiteout.ts';

/** Where a new name comes to be on the writable branch. */
export interface Place {
  readonly branch: Branch;
  /** The name there, which is free. */
  readonly name: Dentry;
  /** What hides the name of the branches below, and must go when the name is taken. */
  readonly whiteout: Dentry | undefined;
  /** Times of the directory, for when nothing comes of it. */
  readonly times: KeptTimes;
}

/** Prepares the writable branch for a new name, with the directories above it copied up (lock_hdir_lkup_wh). */
export function placeFor(sb: AufsSuperblock, dentry: Dentry): Place | number {
  const branch = writableFor(sb, aufsInode(dentry.parent).top);
  if (typeof branch === 'number') return branch;
  const directory = copyUpDirectory(dentry.parent, branch);
  if (typeof directory === 'number') return directory;
  const times = timesOf(positive(directory));
  const whiteout = findWhiteout(sb, directory, dentry.name);
  if (typeof whiteout === 'number') return whiteout;
  const name = lookupChild(sb.kernelCredentials, directory, dentry.name);
  if (typeof name === 'number') return name;
  return name.inode === null ? { branch, name, whiteout, times } : -errno.EEXIST;
}

type Maker = (cred: Credentials, dir: Inode, name: Dentry) => number;

export function createFile(cred: Credentials, dentry: Dentry, mode: number): number {
  return addName(cred, dentry, (as, dir, name) => vfsCreate(as, dir, name, S_IFREG | mode));
}

export function createSpecial(cred: Credentials, dentry: Dentry, mode: number, rdev: number): number {
  return addName(cred, dentry, (as, dir, name) => vfsMknod(as, dir, name, mode, rdev));
}

export function createSymlink(cred: Credentials, dentry: Dentry, target: string): number {
  return addName(cred, dentry, (as, dir, name) => vfsSymlink(as, dir, name, target));
}

/** A directory that takes the place of a whiteout must not show what the whiteout hid: it is opaque. */
export function createDirectory(cred: Credentials, dentry: Dentry, mode: number): number {
  return addName(cred, dentry, (as, dir, name) => vfsMkdir(as, dir, name, mode));
}

function addName(cred: Credentials, dentry: Dentry, make: Maker): number {
  const dir = aufsInode(dentry.parent);
  const { sb } = dir;
  const place = placeFor(sb, dentry);
  if (typeof place === 'number') return place;
  const { branch, name } = place;
  const made = make(cred, positive(name.parent), name);
  if (made < 0) return made;
  const completed = replaceWhiteout(sb, cred, place);
  if (completed < 0) {
    removeMade(sb, cred, place);
    return completed;
  }
  const part = new Part(branch, name);
  sb.numbers.forget(positive(name));
  makeInode(sb, [part]).attach(dentry, part);
  dir.copyAttributes();
  return 0;
}

function replaceWhiteout(sb: AufsSuperblock, cred: Credentials, { branch, name, whiteout }: Place): number {
  if (whiteout === undefined) return 0;
  const opaque = positive(name).isDirectory ? makeOpaque(sb, cred, branch, name) : 0;
  if (typeof opaque === 'number' && opaque < 0) return opaque;
  const removed = removeMark(sb, cred, whiteout);
  if (removed < 0 && typeof opaque !== 'number') removeMark(sb, cred, opaque);
  return removed;
}

function removeMade(sb: AufsSuperblock, cred: Credentials, { name, times }: Place): void {
  const remove = positive(name).isDirectory ? vfsRmdir : vfsUnlink;
  remove(actor(sb, cred, name.parent), positive(name.parent), name);
  setTimes(sb.kernelCredentials, name.parent, times);
}

/** A file without a name on the writable branch, where that has such (aufs_tmpfile). */
export function createTmpfile(cred: Credentials, dentry: Dentry, mode: number): number {
  const parent = aufsInode(dentry.parent);
  const { sb } = parent;
  const branch = writableFor(sb, parent.top);
  if (typeof branch === 'number') return branch;
  const directory = copyUpDirectory(dentry.parent, branch);
  if (typeof directory === 'number') return directory;
  const made = vfsTmpfile(cred, directory, S_IFREG | mode, 'linkable');
  if (typeof made === 'number') return made;
  const part = new Part(branch, made);
  const inode = makeInode(sb, [part]);
  inode.hold(positive(made));
  inode.attachNameless(dentry, part);
  return 0;
}
