import { O_WRONLY, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { CopyUp } from './copy-up-one.ts';
import { ENTRY_UPPER_ALIAS } from './flags.ts';
import { verifyLowerdata } from './lowerdata.ts';
import { changesData } from './open-flags.ts';
import { entryFlags, overlayInode } from './overlay-inode.ts';

/** Copies an object up, with all directories above it that are not yet in the upper layer (ovl_copy_up, R92, R96). */
export function copyUp(dentry: Dentry): number {
  return copyUpFor(dentry, 0);
}

/** The same, with the data of a file also where metadata alone would be copied (ovl_copy_up_with_data, R177). */
export function copyUpWithData(dentry: Dentry): number {
  return copyUpFor(dentry, O_WRONLY);
}

/** Copies up what an open with `flags` will change (ovl_maybe_copy_up). A device or fifo is written to where it is (R99). */
export function copyUpForOpen(dentry: Dentry, flags: number): number {
  return changesData(flags) && isStored(overlayInode(dentry).mode) ? copyUpFor(dentry, flags) : 0;
}

function isStored(mode: number): boolean {
  const type = mode & S_IFMT;
  return type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
}

/** ovl_copy_up_flags: parents first. */
function copyUpFor(dentry: Dentry, flags: number): number {
  const found = verifyLowerdata(dentry);
  if (found < 0) return found;
  while (!isCopiedUp(dentry, flags)) {
    let next = dentry;
    while (overlayInode(next.parent).upper === null) next = next.parent;
    const answer = new CopyUp(next, flags).run();
    if (answer < 0) return answer;
  }
  return 0;
}

/** ovl_already_copied_up. */
function isCopiedUp(dentry: Dentry, flags: number): boolean {
  const inode = overlayInode(dentry);
  if (inode.upper === null || (entryFlags(dentry) & ENTRY_UPPER_ALIAS) === 0) return false;
  return !changesData(flags) || inode.hasUpperdata;
}
