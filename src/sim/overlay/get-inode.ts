import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import { INODE_CONST_INO, INODE_IMPURE, INODE_INDEX, INODE_UPPERDATA, INODE_WHITEOUTS } from './flags.ts';
import { hasOriginXattr, isMarkedImpure } from './layer-xattr.ts';
import { storedNlink } from './nlink.ts';
import type { OverlayInode, Realization } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { protectionMark } from './protection.ts';

/**
 * The inode of an object, made of what the layers hold of it, or the one that is there already: all names of an object lead
 * to one inode, under the real one that stays the same across copy-up (ovl_get_inode). ESTALE where an inode is there whose
 * layers are others (R157).
 */
export function getInode(overlay: OverlaySuperblock, realization: Realization): OverlayInode | number {
  const key = inodeKey(overlay, realization);
  if (key === null) return newInode(overlay, realization, null);
  const known = overlay.inodeOf(key);
  if (known !== undefined) return isSameObject(known, realization) ? known : stale(overlay, -errno.ESTALE);
  if (overlay.traps.has(key)) return stale(overlay, -errno.ESTALE);
  return newInode(overlay, realization, key);
}

function stale(overlay: OverlaySuperblock, answer: number): number {
  overlay.log(`failed to get inode (${answer})`);
  return answer;
}

/** The real inode under which an object is found; `null` for a lower hard link that copy-up will break (R101). */
function inodeKey(overlay: OverlaySuperblock, realization: Realization): Inode | null {
  const { upper, lower } = realization;
  const [topmost] = lower;
  if (topmost !== undefined && isKnownByLower(overlay, realization)) return positive(topmost.dentry);
  return upper === null ? null : positive(upper);
}

/** Whether the lower object is the same as long as the overlay object lives (ovl_hash_bylower). */
function isKnownByLower(overlay: OverlaySuperblock, { upper, lower, index }: Realization): boolean {
  const [topmost] = lower;
  if (topmost === undefined) return false;
  if (index !== undefined && index !== null) return true;
  if (overlay.upperLayer === undefined) return true;
  const inode = positive(topmost.dentry);
  const breaks = upper !== null || overlay.indexDirectory === undefined;
  if (breaks && !inode.isDirectory && inode.nlink > 1) return false;
  return !(overlay.config.nfsExport && upper !== null);
}

/** ovl_verify_inode. */
function isSameObject(inode: OverlayInode, { upper, lower }: Realization): boolean {
  const [topmost] = lower;
  const lowerDentry = topmost?.dentry ?? null;
  const knownLower = inode.lowerPath?.dentry ?? null;
  if (inode.isDirectory) {
    if (lowerDentry === null && knownLower !== null) return false;
    if (upper === null && inode.upper !== null) return false;
  }
  if (lowerDentry !== null && knownLower?.inode !== lowerDentry.inode) return false;
  return upper === null || inode.upper?.inode === upper.inode;
}

function newInode(overlay: OverlaySuperblock, realization: Realization, key: Inode | null): OverlayInode {
  const { upper, lower, index } = realization;
  const inode = makeInode(overlay, realization);
  if (key !== null) {
    overlay.enter(inode, key);
    inode.ino = key.ino;
    if (!inode.isDirectory) inode.nlink = storedNlink(overlay, lower[0]?.dentry ?? null, upper, inode.real.nlink);
  }
  if (isKnownByLower(overlay, realization)) inode.flags |= INODE_CONST_INO;
  if (index !== undefined && index !== null) inode.flags |= INODE_INDEX;
  if (inode.isDirectory) markDirectory(overlay, inode);
  if (upper !== null) inode.protection = protectionMark(overlay, upper, inode.protection);
  return inode;
}

/** An inode with its layers and the attributes that it takes from them (ovl_inode_init). */
function makeInode(overlay: OverlaySuperblock, realization: Realization): OverlayInode {
  const real = positive(realDentryOf(realization));
  const inode = overlay.factory.newInode(overlay, real.mode, real.rdev);
  inode.upper = realization.upper;
  inode.lower = realization.lower;
  inode.redirect = realization.redirect;
  inode.lowerdataRedirect = realization.lowerdataRedirect;
  inode.ino = real.ino;
  inode.protection = real.protection;
  inode.copyAttributes();
  return inode;
}

function realDentryOf({ upper, lower }: Realization): Dentry {
  const dentry = upper ?? lower[0]?.dentry;
  if (dentry === undefined) throw new Error('an object that no layer has');
  return dentry;
}

/** What the marks on a directory say of it, and its number where that of the layer is not unique (ovl_map_ino, R107). */
function markDirectory(overlay: OverlaySuperblock, inode: OverlayInode): void {
  const { upper, lower, realDentry } = inode;
  if ((upper !== null && lower.length > 0) || lower.length > 1 || hasOriginXattr(overlay, realDentry)) {
    inode.flags |= INODE_WHITEOUTS;
  }
  if (upper !== null && isMarkedImpure(overlay, upper)) inode.flags |= INODE_IMPURE;
  if (!overlay.sameDevice) inode.ino = overlay.nextIno();
}

/** The root's inode, which is not found by a real one; it has the number of the topmost layer's root (ovl_get_root). */
export function rootInode(overlay: OverlaySuperblock, realization: Realization): OverlayInode {
  const inode = makeInode(overlay, realization);
  markDirectory(overlay, inode);
  inode.flags |= INODE_WHITEOUTS | INODE_UPPERDATA;
  return inode;
}
