import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { Kstat } from '../vfs/kstat.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsRmdir, vfsUnlink } from '../vfs/namei.ts';
import { copyUp } from './copy-up.ts';
import { copyXattrs } from './copy-xattrs.ts';
import { checkEmpty, cleanWhiteouts } from './empty-directory.ts';
import { INODE_WHITEOUTS, PATH_ORIGIN } from './flags.ts';
import { LayerPath } from './layer.ts';
import { MARK, setIfSupported } from './layer-xattr.ts';
import { isUpperOf, lowerShows, setOpaqueEntry } from './lookup.ts';
import { directoryModified } from './modified.ts';
import { dropNlink } from './nlink.ts';
import { beginNlinkChange, endNlinkChange } from './nlink-change.ts';
import { overlayInode, type OverlayInode } from './overlay-inode.ts';
import { cleanup, createTemp, moveFromWorkdir } from './temp.ts';
import { setAttributes } from './upper-attributes.ts';
import { replaceByWhiteout } from './whiteout.ts';

/** Removes a name: the upper object goes, and a whiteout stays where something below would show (ovl_do_remove, R122). */
export function removeName(dentry: Dentry): number {
  const inode = overlayInode(dentry);
  const leavesWhiteout = lowerShows(dentry);
  const whiteouts = inode.isDirectory && (leavesWhiteout || !isPureUpper(inode)) ? checkEmpty(dentry) : [];
  if (typeof whiteouts === 'number') return whiteouts;
  const ready = copyUp(dentry.parent) || beginNlinkChange(dentry);
  if (ready < 0) return ready;
  const answer = leavesWhiteout ? replaceName(dentry, whiteouts) : removeUpper(dentry, whiteouts);
  if (answer === 0) {
    if (inode.isDirectory) inode.nlink = 0;
    else dropNlink(dentry);
  }
  endNlinkChange(dentry);
  if (inode.upper !== null) inode.copyAttributes();
  return answer;
}

/** Whether a directory is of the upper layer only and never had whiteouts (ovl_pure_upper, R128, R129). */
export function isPureUpper(inode: OverlayInode): boolean {
  return inode.lower.length === 0 && !inode.has(INODE_WHITEOUTS);
}

/** R123, R125, R126 (ovl_remove_and_whiteout). */
function replaceName(dentry: Dentry, whiteouts: readonly string[]): number {
  const parent = overlayInode(dentry.parent);
  const overlay = parent.sb;
  const upper = findUpper(dentry, whiteouts);
  if (typeof upper === 'number') return upper;
  const answer = parent.upper === null ? -errno.EIO : replaceByWhiteout(overlay, parent.upper, upper);
  if (answer === 0) directoryModified(parent, 'impure');
  dentry.drop();
  return answer;
}

/** R124, R129 (ovl_remove_upper). */
function removeUpper(dentry: Dentry, whiteouts: readonly string[]): number {
  const inode = overlayInode(dentry);
  const parent = overlayInode(dentry.parent);
  const upper = findUpper(dentry, whiteouts);
  if (typeof upper === 'number') return upper;
  const remove = inode.isDirectory ? vfsRmdir : vfsUnlink;
  const answer = remove(parent.sb.creator, positive(upper.parent), upper);
  directoryModified(parent, (inode.pathType & PATH_ORIGIN) !== 0 ? 'impure' : 'pure');
  if (answer === 0) dentry.drop();
  return answer;
}

/** The upper name, which must lead to the upper object; of a directory with whiteouts, an empty one in its place. */
function findUpper(dentry: Dentry, whiteouts: readonly string[]): Dentry | number {
  const inode = overlayInode(dentry);
  const parent = overlayInode(dentry.parent);
  if (parent.upper === null) return -errno.EIO;
  const empty = whiteouts.length > 0 ? clearEmpty(dentry, whiteouts) : undefined;
  if (typeof empty === 'number') return empty;
  const upper = lookupOne(parent.sb.creator, parent.upper, dentry.name);
  if (typeof upper === 'number') return upper;
  if (empty !== undefined) return upper === empty ? upper : -errno.ESTALE;
  if (inode.upper === null) return upper;
  return upper.inode !== null && isUpperOf(dentry, upper) ? upper : -errno.ESTALE;
}

/**
 * Puts a new, opaque directory in the place of an upper one that holds nothing but whiteouts, so that it is empty in one step
 * (ovl_clear_empty). The new one is answered.
 */
export function clearEmpty(dentry: Dentry, whiteouts: readonly string[]): Dentry | number {
  const inode = overlayInode(dentry);
  const overlay = inode.sb;
  const { workdir, upperLayer } = overlay;
  const { upper } = inode;
  const { upper: directory } = overlayInode(dentry.parent);
  if (workdir === undefined || upperLayer === undefined || upper === null || directory === null) return -errno.EROFS;
  const stat = new Kstat();
  const read = positive(upper).getattr(overlay.creator, new LayerPath(upperLayer, upper), stat);
  if (read < 0) return read;
  const opaque = createTemp(overlay, workdir, { mode: stat.mode });
  if (typeof opaque === 'number') return opaque;
  const answer =
    copyXattrs(overlay, upper, opaque) ||
    markOpaque(dentry, opaque) ||
    setAttributes(overlay, opaque, stat) ||
    moveFromWorkdir(overlay.creator, opaque, directory, upper, RENAME_EXCHANGE);
  if (answer < 0) {
    cleanup(overlay, opaque);
    return answer;
  }
  cleanWhiteouts(overlay, upper, whiteouts);
  cleanup(overlay, upper);
  // Its upper is not what is there now.
  dentry.drop();
  return opaque;
}

function markOpaque(dentry: Dentry, upper: Dentry): number {
  const answer = setIfSupported(overlayInode(dentry).sb, upper, 'opaque', MARK, -errno.EIO);
  if (answer === 0) setOpaqueEntry(dentry);
  return answer;
}
