import { errno } from '../../host/errno.ts';
import { isDirectory, isRegular } from '../../host/stat.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { S_APPEND, S_IMMUTABLE } from '../vfs/protection.ts';
import { getPrivate, setIfSupported } from './layer-xattr.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** An upper object cannot be protected itself, or it could get no name and no marks: an attribute of it says so. */

const letters = [
  ['a', S_APPEND],
  ['i', S_IMMUTABLE],
] as const;
/** A longer value is not read (OVL_PROTATTR_MAX). */
const longest = 32;

/**
 * The protection that an upper object's mark asks for besides `real`, its own. A mark that is not a list of these letters asks for
 * nothing (ovl_check_protattr).
 */
export function protectionMark(overlay: OverlaySuperblock, upper: Dentry, real: number): number {
  const value = getPrivate(overlay, upper, 'protattr');
  if (typeof value === 'number' || value.length > longest) return real;
  const bits = Array.from(value, (byte) => letters.find(([letter]) => letter.charCodeAt(0) === byte)?.[1]);
  if (bits.length > 0 && bits.every((bit) => bit !== undefined)) return bits.reduce((all, bit) => all | bit, real);
  overlay.log(`incompatible overlay.protattr format (${shownDentry(upper)}, len=${value.length})`);
  return real;
}

/** Gives a copy the protection of the lower object, as an overlay below may show it (ovl_copy_fileattr). */
export function copyProtection(overlay: OverlaySuperblock, lower: Dentry, upper: Dentry): number {
  const { protection, mode } = positive(lower);
  if (protection === 0 || !(isRegular(mode) || isDirectory(mode))) return 0;
  const mark = letters.map(([letter, bit]) => ((protection & bit) === 0 ? '' : letter)).join('');
  return setIfSupported(overlay, upper, 'protattr', Buffer.from(mark), -errno.EPERM);
}
