import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { lookupOne } from '../vfs/namei.ts';
import { readMerged } from './merge.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { cleanup } from './temp.ts';

/**
 * Whether a directory of the merged view is empty: the whiteouts in its upper directory, which go with it, or ENOTEMPTY
 * (ovl_check_empty_dir, R125, R127).
 */
export function checkEmpty(dentry: Dentry): readonly string[] | number {
  const entries = readMerged(dentry);
  if (typeof entries === 'number') return entries;
  const whiteouts: string[] = [];
  for (const { name, isWhiteout, isUpper } of entries) {
    if (isWhiteout) {
      if (isUpper) whiteouts.push(name);
    } else if (name !== '.' && name !== '..') {
      return -errno.ENOTEMPTY;
    }
  }
  return whiteouts;
}

/** Removes whiteouts from an upper directory that is no longer part of the merge (ovl_cleanup_whiteouts). */
export function cleanWhiteouts(overlay: OverlaySuperblock, directory: Dentry, names: readonly string[]): void {
  for (const name of names) {
    const dentry = lookupOne(overlay.creator, directory, name);
    if (typeof dentry === 'number') overlay.log(`lookup '${directory.name}/${name}' failed (${dentry})`);
    else if (dentry.inode !== null) cleanup(overlay, dentry);
  }
}
