import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { vfsUnlink } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { aufsInode, partOf, type AufsInode } from './aufs-inode.ts';
import type { Branch, Part } from './branch.ts';
import { setTimes, timesOf } from './copy-attributes.ts';
import { copyUpDirectory, freeName, writableFor } from './copy-up.ts';
import { findParts } from './lookup.ts';
import { checkEmpty } from './read-branch.ts';
import { makeWhiteout, removeMark } from './whiteout.ts';
import { removeMarkedDirectory } from './writable-branch.ts';

/** Takes the name of a file away (aufs_unlink). */
export function unlinkName(cred: Credentials, dentry: Dentry): number {
  const inode = aufsInode(dentry);
  const answer = removeName(cred, dentry, ({ dentry: real }) => vfsUnlink(cred, positive(real.parent), real));
  if (answer < 0) return answer;
  inode.dropName();
  return 0;
}

/** Removes a directory that shows nothing (aufs_rmdir). What marks are in it on the writable branch go with it. */
export function removeDirectory(cred: Credentials, dentry: Dentry): number {
  const inode = aufsInode(dentry);
  const empty = checkEmpty(inode, 'counts');
  if (empty < 0) return empty;
  const answer = removeName(cred, dentry, (part) => setAsideAndRemove(inode, part));
  if (answer < 0) return answer;
  inode.dropName();
  return 0;
}

/** A directory that cannot be removed after it lost its name stays under a temporary one: nobody sees it. */
function setAsideAndRemove({ sb }: AufsInode, part: Part): number {
  const { dentry, branch } = part;
  const aside = freeName(sb, dentry.parent, dentry.name);
  if (typeof aside === 'number') return aside;
  const dir = positive(dentry.parent);
  const renamed = vfsRename(sb.kernelCredentials, dir, dentry, dir, aside, 0);
  if (renamed < 0) return renamed;
  const removed = removeMarkedDirectory(sb, branch, dentry);
  if (removed < 0) sb.log(`rmdir ${dentry.name} failed (${removed}), ignored`);
  return 0;
}

/** Takes a name out of the writable branch if it is there, and hides what lower branches have. */
function removeName(cred: Credentials, dentry: Dentry, remove: (part: Part) => number): number {
  const inode = aufsInode(dentry);
  const dir = aufsInode(dentry.parent);
  const { sb } = inode;
  const part = partOf(dentry);
  const branch = writableFor(sb, part);
  if (typeof branch === 'number') return branch;
  const hidden = mustHide(dentry, branch);
  if (typeof hidden === 'number') return hidden;
  const directory = copyUpDirectory(dentry.parent, branch);
  if (typeof directory === 'number') return directory;
  const times = timesOf(positive(directory));
  const whiteout = hidden ? makeWhiteout(sb, cred, branch, directory, dentry.name) : undefined;
  if (typeof whiteout === 'number') return whiteout;
  const removed = part.branch === branch ? remove(part) : 0;
  if (removed < 0) {
    if (whiteout !== undefined) removeMark(sb, cred, whiteout);
    setTimes(sb.kernelCredentials, directory, times);
    return removed;
  }
  dir.copyAttributes();
  return 0;
}

/** Whether a name that leaves the writable branch must be hidden there: lower branches have it (au_wr_dir_need_wh). */
export function mustHide(dentry: Dentry, branch: Branch): boolean | number {
  const dir = aufsInode(dentry.parent);
  if (partOf(dentry).branch !== branch) return true;
  const below = dir.parts.filter((part) => part.branch.index > branch.index);
  const parts = findParts(dir.sb.kernelCredentials, dir.sb, below, dentry.name);
  return typeof parts === 'number' ? parts : parts.length > 0;
}
