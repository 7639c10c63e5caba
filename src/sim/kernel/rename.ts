import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { vfsRename } from '../vfs/rename.ts';
import type { Process } from './process.ts';
import { Walk } from './walk.ts';

/** renameat2(2) (do_renameat2). */
export function renameat2(
  process: Process,
  fromDirfd: number,
  from: string,
  toDirfd: number,
  to: string,
  flags: number,
): number {
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) !== 0) return -errno.EINVAL;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  if (exchange && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) !== 0) return -errno.EINVAL;
  const source = new Walk(process);
  let answer = source.parent(fromDirfd, from);
  if (answer < 0) return answer;
  const target = new Walk(process);
  answer = target.parent(toDirfd, to);
  if (answer < 0) return answer;
  answer = checkParents(source, target, flags);
  if (answer < 0) return answer;
  const old = lookupLocked(process.cred, source, target);
  if (typeof old === 'number') return old;
  if (old.inode === null) return -errno.ENOENT;
  const replaced = lookupLocked(process.cred, target, source);
  if (typeof replaced === 'number') return replaced;
  answer = checkNames(source, old, target, replaced, flags);
  if (answer < 0) return answer;
  return vfsRename(process.cred, source.inode, old, target.inode, replaced, flags);
}

/** Finds the last name of one of the two paths while both directories are locked (lock_rename). */
function lookupLocked(cred: Credentials, { dentry, last }: Walk, other: Walk): Dentry | number {
  dentry.sb.renameLocked = dentry !== other.dentry;
  const found = lookupChild(cred, dentry, last);
  dentry.sb.renameLocked = false;
  return found;
}

/** R140: the root of a mount, and what is on another one. */
function checkParents(source: Walk, target: Walk, flags: number): number {
  if (source.mount !== target.mount) return -errno.EXDEV;
  if (source.lastType !== 'name') return -errno.EBUSY;
  if (target.lastType !== 'name') return (flags & RENAME_NOREPLACE) !== 0 ? -errno.EEXIST : -errno.EBUSY;
  return mayWriteMount(source.mount);
}

function checkNames(source: Walk, old: Dentry, target: Walk, replaced: Dentry, flags: number): number {
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  if (replaced.inode === null && exchange) return -errno.ENOENT;
  // R141
  if (replaced.inode !== null && (flags & RENAME_NOREPLACE) !== 0) return -errno.EEXIST;
  if (exchange && target.trailingSlash && replaced.inode?.isDirectory !== true) return -errno.ENOTDIR;
  if (!positive(old).isDirectory) {
    if (source.trailingSlash || (!exchange && target.trailingSlash)) return -errno.ENOTDIR;
  }
  const trap = trapOf(source.dentry, target.dentry);
  if (old === trap) return -errno.EINVAL;
  if (replaced === trap) return exchange ? -errno.EINVAL : -errno.ENOTEMPTY;
  return 0;
}

/**
 * Where one of two directories lies below the other: the entry of the upper one that leads to the lower one, which a rename
 * between the two must not touch (lock_rename).
 */
function trapOf(one: Dentry, other: Dentry): Dentry | undefined {
  if (one === other) return undefined;
  return entryTowards(one, other) ?? entryTowards(other, one);
}

function entryTowards(above: Dentry, below: Dentry): Dentry | undefined {
  let dentry = below;
  while (!dentry.isRoot) {
    if (dentry.parent === above) return dentry;
    dentry = dentry.parent;
  }
  return undefined;
}
