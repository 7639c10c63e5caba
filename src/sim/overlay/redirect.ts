import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { setIfSupported } from './layer-xattr.ts';
import { overlayInode } from './overlay-inode.ts';

/** Where the new name of an object will be, seen from the old one. */
export type RedirectTarget = 'same-directory' | 'elsewhere';

/**
 * Makes an upper object say where its lower part is, before its name changes (ovl_set_redirect): by name alone where it stays
 * in its directory (R146), else by the path from the overlay's root (R147). What it says already stays (R149). EXDEV where that
 * cannot be said.
 */
export function setRedirect(dentry: Dentry, target: RedirectTarget): number {
  const inode = overlayInode(dentry);
  const { redirect: known, sb: overlay } = inode;
  const absolute = needsAbsolute(dentry, target);
  if (known !== undefined && (!absolute || known.startsWith('/'))) return 0;
  const redirect = absolute ? absolutePath(dentry, overlay.defaults.redirectMax) : dentry.name;
  if (redirect === undefined) return -errno.EXDEV;
  if (inode.upper === null) return -errno.EIO;
  const value = Buffer.from(redirect, 'latin1');
  const answer = setIfSupported(overlay, inode.upper, 'redirect', value, -errno.EXDEV);
  if (answer < 0) {
    overlay.log(`failed to set redirect (${answer})`);
    return -errno.EXDEV;
  }
  inode.redirect = redirect;
  return 0;
}

/** A hard link of a file may be anywhere, so that its name alone would say nothing (R178). */
function needsAbsolute(dentry: Dentry, target: RedirectTarget): boolean {
  if (target === 'elsewhere') return true;
  const inode = overlayInode(dentry);
  const lower = inode.lowerPath;
  return !inode.isDirectory && lower !== undefined && positive(lower.dentry).nlink > 1;
}

/** The path in the lower layers, through the redirects of the directories above; `undefined` beyond `limit` (R148, R152). */
function absolutePath(dentry: Dentry, limit: number): string | undefined {
  let path = '';
  for (let at = dentry; !at.isRoot; at = at.parent) {
    const name = overlayInode(at).redirect ?? at.name;
    const isAbsolute = name.startsWith('/');
    if (name.length + (isAbsolute ? 0 : 1) + path.length > limit) return undefined;
    path = isAbsolute ? name + path : `/${name}${path}`;
    if (isAbsolute) break;
  }
  return path;
}
