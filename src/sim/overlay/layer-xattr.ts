import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { vfsGetxattr, vfsRemovexattr, vfsSetxattr } from '../vfs/xattr.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import type { PrivateXattr } from './private-xattr.ts';

/** Overlay's private attributes of objects in layers, read and written as the mounter. */

export function getPrivate(overlay: OverlaySuperblock, dentry: Dentry, name: PrivateXattr): Uint8Array | number {
  return vfsGetxattr(overlay.creator, dentry, overlay.xattr(name));
}

export function setPrivate(overlay: OverlaySuperblock, dentry: Dentry, name: PrivateXattr, value: Uint8Array): number {
  return vfsSetxattr(overlay.creator, dentry, overlay.xattr(name), value, 0);
}

export function removePrivate(overlay: OverlaySuperblock, dentry: Dentry, name: PrivateXattr): number {
  return vfsRemovexattr(overlay.creator, dentry, overlay.xattr(name));
}

/** Sets an attribute on an upper object, or answers `without` where the upper has no attributes (ovl_check_setxattr, R47). */
export function setIfSupported(
  overlay: OverlaySuperblock,
  upper: Dentry,
  name: PrivateXattr,
  value: Uint8Array,
  without: number,
): number {
  if (!overlay.xattrs) return without;
  const answer = setPrivate(overlay, upper, name, value);
  if (answer !== -errno.EOPNOTSUPP) return answer;
  overlay.log(`cannot set ${overlay.xattr(name)} xattr on upper`);
  overlay.xattrs = false;
  return without;
}

/** A name that is no object: a character device 0/0, or an empty file with the whiteout attribute (R78, R83). */
export function isWhiteoutIn(overlay: OverlaySuperblock, dentry: Dentry): boolean {
  const inode = positive(dentry);
  if (inode.isWhiteout) return true;
  return inode.isRegular && inode.size === 0 && typeof getPrivate(overlay, dentry, 'whiteout') !== 'number';
}

const byte = { y: 0x79, x: 0x78 } as const;

/** What a directory's opaque mark says: `y` ends the merge, `x` announces xattr whiteouts, all else nothing (R80). */
export function opaqueMark(overlay: OverlaySuperblock, directory: Dentry): 'y' | 'x' | undefined {
  const value = getPrivate(overlay, directory, 'opaque');
  if (typeof value === 'number' || value.length !== 1) return undefined;
  return value[0] === byte.y ? 'y' : value[0] === byte.x ? 'x' : undefined;
}

/** Whether an upper directory is marked as one that holds what came from below (ovl_is_impuredir). */
export function isMarkedImpure(overlay: OverlaySuperblock, directory: Dentry): boolean {
  const value = getPrivate(overlay, directory, 'impure');
  return typeof value !== 'number' && value.length === 1 && value[0] === byte.y;
}

/** Whether an object says that it was copied up, from wherever (ovl_path_check_origin_xattr). */
export function hasOriginXattr(overlay: OverlaySuperblock, dentry: Dentry): boolean {
  return typeof getPrivate(overlay, dentry, 'origin') !== 'number';
}

/** The value of marks that are only there or not. */
export const MARK = Uint8Array.of(byte.y);

const smallestMetacopy = 4;

/**
 * Whether a file is a metacopy: 0, 1, or an errno (ovl_check_metacopy_xattr, R176). An attribute that cannot be what it says
 * is EIO.
 */
export function metacopyMark(overlay: OverlaySuperblock, dentry: Dentry): number {
  if (!positive(dentry).isRegular) return 0;
  const value = getPrivate(overlay, dentry, 'metacopy');
  if (typeof value !== 'number') {
    if (value.length === 0 || value.length >= smallestMetacopy) return 1;
    overlay.log(`metacopy file '${dentry.name}' has too small xattr`);
    return -errno.EIO;
  }
  if (value === -errno.ENODATA || value === -errno.EOPNOTSUPP) return 0;
  if (overlay.config.userxattr && value === -errno.EACCES) return 0;
  overlay.log(`failed to get metacopy (${value})`);
  return value;
}

/**
 * The redirect of an object: one name, or an absolute path from the overlay's root; `undefined` where there is none, EINVAL
 * where it is malformed (ovl_get_redirect_xattr, R155).
 */
export function redirectOf(overlay: OverlaySuperblock, dentry: Dentry): string | undefined | number {
  const value = getPrivate(overlay, dentry, 'redirect');
  if (typeof value === 'number') {
    if (value === -errno.ENODATA || value === -errno.EOPNOTSUPP) return undefined;
    overlay.log(`failed to get redirect (${value})`);
    return value;
  }
  const redirect = cString(value);
  if (value.length > 0 && isRedirect(redirect)) return redirect;
  overlay.log(`invalid redirect (${value.length === 0 ? '(null)' : redirect})`);
  return -errno.EINVAL;
}

/** The bytes up to the first NUL. */
function cString(value: Uint8Array): string {
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** An absolute path without empty components, or a name without a slash. */
function isRedirect(redirect: string): boolean {
  return redirect.startsWith('/') ? /^(?:\/[^/]+)+$/s.test(redirect) : !redirect.includes('/');
}
