import { isDirectory } from '../../host/stat.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { errno } from '../../host/errno.ts';
import { copyUp } from './copy-up.ts';
import { ENTRY_UPPER_ALIAS, INODE_INDEX } from './flags.ts';
import { indexNameOf } from './index-lookup.ts';
import { needsIndex } from './needs-index.ts';
import { storeNlinkByUpper } from './nlink.ts';
import { entryFlags, overlayInode, shownDentry, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { cleanup } from './temp.ts';
import { replaceByWhiteout } from './whiteout.ts';

/** 0, or EROFS where the upper layer cannot be written to (ovl_want_write). */
export function wantWrite(overlay: OverlaySuperblock): number {
  const { upperMount } = overlay;
  return upperMount === undefined ? -errno.EROFS : mayWriteMount(upperMount);
}

/**
 * To be called before a name of an object is made or removed: its link count is stored so that it follows the change of the
 * upper inode's (ovl_nlink_start). A lower hard link is copied up first, to have an inode that the count can be kept on (R164).
 */
export function beginNlinkChange(dentry: Dentry): number {
  const inode = overlayInode(dentry);
  if (needsIndex(inode) && (entryFlags(dentry) & ENTRY_UPPER_ALIAS) === 0) {
    const answer = copyUp(dentry);
    if (answer < 0) return answer;
  }
  const writable = wantWrite(inode.sb);
  if (writable < 0) return writable;
  return inode.isDirectory || !inode.has(INODE_INDEX) ? 0 : storeNlinkByUpper(dentry);
}

/** To be called after it: an index entry goes with the last name (ovl_nlink_end, R162, R169). */
export function endNlinkChange(dentry: Dentry): void {
  const inode = overlayInode(dentry);
  if (!inode.has(INODE_INDEX) || inode.nlink > 0) return;
  const answer = removeIndexEntry(dentry, inode);
  if (answer < 0) inode.sb.log(`cleanup index of '${shownDentry(dentry)}' failed (${answer})`);
}

/** ovl_cleanup_index. */
function removeIndexEntry(dentry: Dentry, inode: OverlayInode): number {
  const overlay = inode.sb;
  const { indexDirectory } = overlay;
  const lower = inode.lowerPath;
  if (indexDirectory === undefined || lower === undefined || inode.upper === null) return 0;
  const name = indexNameOf(overlay, lower.dentry);
  if (typeof name === 'number') return name;
  const writable = wantWrite(overlay);
  if (writable < 0) return writable;
  const upper = positive(inode.upper);
  if (!isDirectory(upper.mode) && upper.nlink !== 1) {
    const where = `${shownDentry(inode.upper)}, ino=${upper.ino}, nlink=${upper.nlink}`;
    overlay.log(`cleanup linked index (${where})`);
    // A lower link was added behind our back: the names that are left keep the object.
    inode.nlink = upper.nlink - 1;
    storeNlinkByUpper(dentry);
    return 0;
  }
  const index = lookupOne(overlay.creator, indexDirectory, name);
  if (typeof index === 'number') return index;
  if (overlay.indexesAll) return replaceByWhiteout(overlay, indexDirectory, index);
  cleanup(overlay, index);
  return 0;
}
