import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE } from '../../host/constants.ts';
import type { Credentials } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import { mayCreate, mayDelete } from './namei.ts';
import { inodePermission, MAY_WRITE } from './permission.ts';

/**
 * Renames `old` to the name of `target`, which is negative where the name is free (vfs_rename). The caller has looked both
 * up, refused `.` and `..`, and has seen to it that neither lies below the other. `flags` is a set of RENAME_*.
 */
export function vfsRename(
  cred: Credentials,
  oldDir: Inode,
  old: Dentry,
  newDir: Inode,
  target: Dentry,
  flags: number,
): number {
  const source = old.inode;
  if (source === null) return -errno.ENOENT;
  // Two names of one inode, as lower hard links are with an index (R144).
  if (source === target.inode) return 0;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const answer = mayRename(cred, { oldDir, old, source, newDir, target, exchange });
  if (answer < 0) return answer;
  const replaced = target.inode;
  const renamed = oldDir.rename(cred, old, newDir, target, flags);
  if (renamed < 0) return renamed;
  if (exchange) {
    old.exchangeWith(target);
    return 0;
  }
  if (replaced?.isDirectory === true) replaced.dead = true;
  old.moveTo(target);
  return 0;
}

interface Renaming {
  readonly oldDir: Inode;
  readonly old: Dentry;
  readonly source: Inode;
  readonly newDir: Inode;
  readonly target: Dentry;
  readonly exchange: boolean;
}

function mayRename(cred: Credentials, renaming: Renaming): number {
  const { oldDir, old, source, newDir, target, exchange } = renaming;
  const sourceKind = source.isDirectory ? 'directory' : 'other';
  let answer = mayDelete(cred, oldDir, old, sourceKind);
  if (answer < 0) return answer;
  const targetIsDirectory = target.inode?.isDirectory === true;
  if (target.inode === null) answer = mayCreate(cred, newDir, target);
  else {
    const targetKind = targetIsDirectory ? 'directory' : 'other';
    answer = mayDelete(cred, newDir, target, exchange ? targetKind : sourceKind);
  }
  if (answer < 0) return answer;
  answer = mayMoveDirectories(cred, renaming, targetIsDirectory);
  if (answer < 0) return answer;
  if (old.mounts > 0 || target.mounts > 0) return -errno.EBUSY;
  return hasRoomForLinks(renaming, targetIsDirectory) ? 0 : -errno.EMLINK;
}

/** A directory that changes its parent is written to: its `..` changes. */
function mayMoveDirectories(cred: Credentials, renaming: Renaming, targetIsDirectory: boolean): number {
  const { oldDir, source, newDir, target, exchange } = renaming;
  if (oldDir === newDir) return 0;
  if (source.isDirectory) {
    const answer = inodePermission(cred, source, MAY_WRITE);
    if (answer < 0) return answer;
  }
  if (!exchange || !targetIsDirectory || target.inode === null) return 0;
  return inodePermission(cred, target.inode, MAY_WRITE);
}

function hasRoomForLinks(renaming: Renaming, targetIsDirectory: boolean): boolean {
  const { oldDir, source, newDir, exchange } = renaming;
  const { maxLinks } = newDir.sb;
  if (maxLinks === 0 || oldDir === newDir) return true;
  if (source.isDirectory && !targetIsDirectory && newDir.nlink >= maxLinks) return false;
  return !(exchange && !source.isDirectory && targetIsDirectory && oldDir.nlink >= maxLinks);
}
