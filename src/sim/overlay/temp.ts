import { errno } from '../../host/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsCreate, vfsLink, vfsMkdir, vfsMknod, vfsRmdir, vfsSymlink, vfsUnlink } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** What a real object is made from (struct ovl_cattr). */
export interface Attributes {
  /** S_IF* and permission bits. */
  readonly mode: number;
  readonly rdev?: number | undefined;
  /** The target of a symlink. */
  readonly target?: string | undefined;
  /** The real object to link to, instead of making one. */
  readonly hardlink?: Dentry | undefined;
}

/** Makes a real object under a negative dentry (ovl_create_real). Answers 0 or a negative errno. */
export function createReal(cred: Credentials, dentry: Dentry, attributes: Attributes): number {
  const { mode, rdev = 0, target = '', hardlink } = attributes;
  const dir = positive(dentry.parent);
  if (dentry.inode !== null) return -errno.ESTALE;
  if (hardlink !== undefined) return vfsLink(cred, hardlink, dir, dentry);
  switch (mode & S_IFMT) {
    case S_IFREG:
      return vfsCreate(cred, dir, dentry, mode);
    case S_IFDIR:
      return vfsMkdir(cred, dir, dentry, mode);
    case S_IFLNK:
      return vfsSymlink(cred, dir, dentry, target);
    default:
      return vfsMknod(cred, dir, dentry, mode, rdev);
  }
}

/** A free name in the work directory (ovl_lookup_temp). */
export function lookupTemp(overlay: OverlaySuperblock, workdir: Dentry, cred = overlay.creator): Dentry | number {
  for (;;) {
    const dentry = lookupOne(cred, workdir, overlay.nextTempName());
    if (typeof dentry === 'number' || dentry.inode === null) return dentry;
  }
}

/**
 * Makes an object under a free name in the work directory (ovl_create_temp). Who makes one moves it into its place, or cleans it up:
 * none stays (R65).
 */
export function createTemp(
  overlay: OverlaySuperblock,
  workdir: Dentry,
  attributes: Attributes,
  cred = overlay.creator,
): Dentry | number {
  const dentry = lookupTemp(overlay, workdir, cred);
  if (typeof dentry === 'number') return dentry;
  const answer = createReal(cred, dentry, attributes);
  return answer < 0 ? answer : dentry;
}

/**
 * Moves an object out of the work directory over a name in `directory`. Both must still be where they were found: EIO where
 * someone removed one of them behind the overlay's back (ovl_lock_rename_workdir). `flags` is a set of RENAME_*.
 */
export function moveFromWorkdir(
  cred: Credentials,
  temp: Dentry,
  directory: Dentry,
  upper: Dentry,
  flags: number,
): number {
  const upperIsThere = upper.parent === directory && (upper.inode === null || upper.hashed);
  if (!temp.hashed || !upperIsThere) return -errno.EIO;
  return vfsRename(cred, positive(temp.parent), temp, positive(directory), upper, flags);
}

/**
 * Removes a real object, an empty directory or anything else; what cannot be removed is logged and stays (ovl_cleanup, R62).
 */
export function cleanup(overlay: OverlaySuperblock, dentry: Dentry): void {
  const remove = dentry.inode?.isDirectory === true ? vfsRmdir : vfsUnlink;
  const answer = remove(overlay.creator, positive(dentry.parent), dentry);
  if (answer < 0) overlay.log(`cleanup of '${shownDentry(dentry)}' failed (${answer})`);
}
