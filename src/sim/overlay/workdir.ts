import { errno } from '../../host/errno.ts';
import { RENAME_WHITEOUT, S_IFDIR, S_IFREG } from '../../host/constants.ts';
import { XATTR_NAME_POSIX_ACL_ACCESS, XATTR_NAME_POSIX_ACL_DEFAULT } from '../vfs/acl.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne, vfsMkdir, vfsRmdir, vfsTmpfile } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { vfsRemovexattr } from '../vfs/xattr.ts';
import { LayerPath, type Layer } from './layer.ts';
import { readReal } from './merge.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { cleanup, createReal, createTemp, lookupTemp } from './temp.ts';
import { setMode } from './upper-attributes.ts';

/** What becomes of a directory that is there from an earlier mount: `work` is emptied, `index` is used as it is. */
export type EarlierDirectory = 'remade' | 'kept';

/**
 * Makes a directory of mode 0000 inside the work directory (ovl_workdir_create, R1, R61): its dentry; `undefined` where that is
 * not possible and the mount becomes read-only (R62); EINVAL where it must not be mounted (R63).
 */
export function makeWorkDirectory(
  overlay: OverlaySuperblock,
  upperLayer: Layer,
  base: Dentry,
  name: string,
  earlier: EarlierDirectory,
): Dentry | undefined | number {
  const found = lookupOne(overlay.creator, base, name);
  if (earlier === 'kept' && typeof found !== 'number' && found.inode !== null) return found;
  if (typeof found !== 'number' && found.inode !== null) {
    if (removeTree(overlay, upperLayer, found, 0) === -errno.EINVAL) return -errno.EINVAL;
  }
  const work = lookupOne(overlay.creator, base, name);
  const answer = typeof work === 'number' ? work : makeBare(overlay, base, work);
  if (answer === 0 && typeof work !== 'number') return work;
  const path = `${overlay.config.workdir ?? ''}/${name}`;
  overlay.log(`failed to create directory ${path} (errno: ${-answer}); mounting read-only`);
  return undefined;
}

/** A directory without anything that it would inherit from the one above. */
function makeBare(overlay: OverlaySuperblock, base: Dentry, work: Dentry): number {
  if (work.inode !== null) return -errno.EEXIST;
  return (
    vfsMkdir(overlay.creator, positive(base), work, 0) || removeAcls(overlay, work) || setMode(overlay, work, S_IFDIR)
  );
}

function removeAcls(overlay: OverlaySuperblock, dentry: Dentry): number {
  for (const name of [XATTR_NAME_POSIX_ACL_DEFAULT, XATTR_NAME_POSIX_ACL_ACCESS]) {
    const answer = vfsRemovexattr(overlay.creator, dentry, name);
    if (answer < 0 && answer !== -errno.ENODATA && answer !== -errno.EOPNOTSUPP) return answer;
  }
  return 0;
}

/** How deep the content of an old work directory is removed (R62). */
const deepestLevel = 1;

/** Removes what an earlier mount left, as deep as overlay itself makes directories (ovl_workdir_cleanup). */
export function removeTree(overlay: OverlaySuperblock, upperLayer: Layer, dentry: Dentry, level: number): number {
  if (positive(dentry).isDirectory && level <= deepestLevel) {
    if (vfsRmdir(overlay.creator, positive(dentry.parent), dentry) === 0) return 0;
    const answer = removeContent(overlay, upperLayer, dentry, level + 1);
    if (answer < 0) return answer;
  }
  cleanup(overlay, dentry);
  return 0;
}

const incompatName = 'incompat';
const incompatLevel = 2;

/** ovl_workdir_cleanup_recurse. */
function removeContent(overlay: OverlaySuperblock, upperLayer: Layer, directory: Dentry, level: number): number {
  const names = namesIn(overlay, upperLayer, directory);
  if (typeof names === 'number') return names;
  const [feature] = names;
  // R63: a mount of a kind that needs more care than this one knows of.
  if (level === incompatLevel && directory.name === incompatName && feature !== undefined) {
    overlay.log(`overlay with incompat feature '${feature}' cannot be mounted`);
    return -errno.EINVAL;
  }
  for (const name of names) {
    const dentry = lookupOne(overlay.creator, directory, name);
    if (typeof dentry === 'number' || dentry.inode === null) continue;
    const answer = removeTree(overlay, upperLayer, dentry, level);
    if (answer < 0) return answer;
  }
  return 0;
}

/** The entries of an upper directory without `.` and `..`. */
export function namesIn(overlay: OverlaySuperblock, upperLayer: Layer, directory: Dentry): readonly string[] | number {
  const names: string[] = [];
  const answer = readReal(overlay, new LayerPath(upperLayer, directory), (name) => {
    if (name !== '.' && name !== '..') names.push(name);
  });
  return answer < 0 ? answer : names;
}

/** Whether the filesystem tells the types of directory entries; without them whiteouts cannot be told (R47). */
export function tellsTypes(overlay: OverlaySuperblock, upperLayer: Layer, base: Dentry): boolean | number {
  let known = false;
  const answer = readReal(overlay, new LayerPath(upperLayer, base), (name, _ino, type) => {
    if (name !== '.' && name !== '..' && type !== 0) known = true;
  });
  return answer < 0 ? answer : known;
}

/** Whether the filesystem has files without names. */
export function hasTmpfile(overlay: OverlaySuperblock, workdir: Dentry): boolean {
  const temp = vfsTmpfile(overlay.creator, workdir, S_IFREG, 'linkable');
  if (typeof temp === 'number') return false;
  positive(temp).pin();
  positive(temp).unpin();
  return true;
}

/** Whether a rename can leave a whiteout (ovl_check_rename_whiteout): tried, and removed again. */
export function hasRenameWhiteout(overlay: OverlaySuperblock, workdir: Dentry): boolean | number {
  const temp = createTemp(overlay, workdir, { mode: S_IFREG });
  if (typeof temp === 'number') return temp;
  const { name } = temp;
  const target = lookupTemp(overlay, workdir);
  if (typeof target === 'number') return target;
  const dir = positive(workdir);
  const answer = vfsRename(overlay.creator, dir, temp, dir, target, RENAME_WHITEOUT);
  if (answer === 0) {
    const whiteout = lookupOne(overlay.creator, workdir, name);
    if (typeof whiteout !== 'number' && whiteout.inode?.isWhiteout === true) cleanup(overlay, whiteout);
  }
  cleanup(overlay, temp);
  return answer === -errno.EINVAL ? false : answer < 0 ? answer : true;
}

const dirtyPath = ['work', incompatName, 'volatile', 'dirty'] as const;

/** Leaves the mark by which later mounts know that this one did not sync (ovl_create_volatile_dirty, R195). */
export function markVolatile(overlay: OverlaySuperblock, base: Dentry): number {
  let at = base;
  for (const name of dirtyPath) {
    const child = lookupOne(overlay.creator, at, name);
    if (typeof child === 'number') return child;
    if (child.inode === null) {
      const mode = name === 'dirty' ? S_IFREG : S_IFDIR;
      const answer = createReal(overlay.creator, child, { mode });
      if (answer < 0) return answer;
    }
    at = child;
  }
  return 0;
}
