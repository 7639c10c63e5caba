import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { getPrivate, setPrivate } from './layer-xattr.ts';
import { overlayInode, shownDentry, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/**
 * The link count of an indexed object: that of all its names in the merged view, kept on the upper inode relative to the real
 * count of the upper (`U+1`) or of the lower inode (`L+0`), so that it stays right when only the real one changes (R161).
 */
const stored = /^([LU])([+-][0-9]+)$/;

/** The count as stored on the upper inode; `fallback` where the lower has one link only or nothing is stored (ovl_get_nlink). */
export function storedNlink(
  overlay: OverlaySuperblock,
  lower: Dentry | null,
  upper: Dentry | null,
  fallback: number,
): number {
  if (lower === null || upper === null || positive(lower).nlink === 1) return fallback;
  const value = getPrivate(overlay, upper, 'nlink');
  const nlink = typeof value === 'number' ? value : parse(value, positive(lower).nlink, positive(upper).nlink);
  if (nlink > 0) return nlink;
  overlay.log(`failed to get index nlink (${shownDentry(upper)}, err=${nlink})`);
  return fallback;
}

function parse(value: Uint8Array, lower: number, upper: number): number {
  const match = stored.exec(Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1'));
  if (match?.[1] === undefined || match[2] === undefined) return -errno.EINVAL;
  return (match[1] === 'L' ? lower : upper) + Number(match[2]);
}

/** Stores the count relative to the upper inode's (ovl_set_nlink_upper). */
export function storeNlinkByUpper(dentry: Dentry): number {
  const inode = overlayInode(dentry);
  return inode.upper === null ? -errno.EIO : store(inode, inode.upper, 'U', inode.upper);
}

/** Stores the count relative to the lower inode's (ovl_set_nlink_lower). */
export function storeNlinkByLower(dentry: Dentry): number {
  const inode = overlayInode(dentry);
  const lower = inode.lowerPath?.dentry;
  return inode.upper === null || lower === undefined ? -errno.EIO : store(inode, inode.upper, 'L', lower);
}

function store(inode: OverlayInode, upper: Dentry, letter: 'U' | 'L', base: Dentry): number {
  const difference = inode.nlink - positive(base).nlink;
  const value = `${letter}${difference < 0 ? '-' : '+'}${Math.abs(difference)}`;
  return setPrivate(inode.sb, upper, 'nlink', Buffer.from(value, 'latin1'));
}

/** One name less (ovl_drop_nlink): but while another name is cached, the count does not fall to zero before its time. */
export function dropNlink(dentry: Dentry): void {
  const inode = overlayInode(dentry);
  if (inode.nlink > (inode.hasOtherAlias(dentry) ? 1 : 0)) inode.nlink -= 1;
}
