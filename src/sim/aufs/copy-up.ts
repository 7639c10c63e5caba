import { errno } from '../../host/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, vfsCreate, vfsLink, vfsMkdir, vfsMknod, vfsRmdir, vfsSymlink, vfsUnlink } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { vfsRename } from '../vfs/rename.ts';
import { aufsInode, partOf, type AufsInode } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import { Part, type Branch } from './branch.ts';
import { copyAttributes, setTimes, timesOf } from './copy-attributes.ts';
import { copyContent } from './copy-content.ts';
import { temporaryName } from './names.ts';
import { addPseudoLink, findPseudoLink } from './pseudo-links.ts';

/** The writable branch that something on `part`'s branch can be changed on; EROFS where that is none at or above it. */
export function writableFor(sb: AufsSuperblock, part: Part): Branch | number {
  const branch = sb.writableBranch;
  if (branch === undefined || branch.index > part.branch.index) return -errno.EROFS;
  const writable = mayWriteMount(branch.mount);
  return writable < 0 ? writable : branch;
}

/** What the writable branch has of a directory, copied up with those above it if need be (au_cpup_dirs). */
export function copyUpDirectory(dentry: Dentry, branch: Branch): Dentry | number {
  const inode = aufsInode(dentry);
  const part = inode.partOn(branch);
  if (part !== undefined) return part.dentry;
  const parent = copyUpDirectory(dentry.parent, branch);
  if (typeof parent === 'number') return parent;
  const copy = copyUpAs(inode, inode.top, branch, parent, dentry.name, Infinity);
  if (typeof copy === 'number') return copy;
  aufsInode(dentry.parent).copyAttributes();
  return copy.dentry;
}

/**
 * Brings the object under a name to the writable branch, with at most `length` of its bytes, and answers what it is there. A file
 * that lost its name is copied to one without.
 */
export function copyUp(dentry: Dentry, length = Infinity): Part | number {
  const inode = aufsInode(dentry);
  if (dentry.unlinked) return copyUpNameless(dentry, length);
  const part = partOf(dentry);
  const branch = writableFor(inode.sb, part);
  if (typeof branch === 'number') return branch;
  if (part.branch === branch) return part;
  if (inode.isDirectory) return partAfter(inode, branch, copyUpDirectory(dentry, branch));
  const parent = copyUpDirectory(dentry.parent, branch);
  if (typeof parent === 'number') return parent;
  const copy = copyUpAs(inode, part, branch, parent, dentry.name, length);
  if (typeof copy === 'number') return copy;
  dentry.fsdata = copy;
  // The number goes with the copy, unless other names of the source show it too.
  if (!hasOtherNames(part)) inode.sb.numbers.forget(positive(part.dentry));
  aufsInode(dentry.parent).copyAttributes();
  return copy;
}

function partAfter(inode: AufsInode, branch: Branch, answer: Dentry | number): Part | number {
  return typeof answer === 'number' ? answer : (inode.partOn(branch) ?? -errno.EIO);
}

/**
 * Copies an object to a directory of a branch, under a temporary name that it loses when it is complete. A file of which another
 * name is there already gets a link to that.
 */
export function copyUpAs(
  inode: AufsInode,
  source: Part,
  branch: Branch,
  directory: Dentry,
  name: string,
  length: number,
): Part | number {
  const present = inode.partOn(branch)?.dentry.inode ?? null;
  if (present !== null && present.nlink > 0) return linkCopied(inode, branch, directory, name);
  const temporary = makeCopy(inode, source, directory, name, length);
  if (typeof temporary === 'number') return temporary;
  const renamed = giveName(inode.sb, temporary, name);
  if (renamed < 0) {
    removeCopy(inode.sb, temporary);
    return renamed;
  }
  const part = new Part(branch, temporary);
  inode.addPart(part);
  if (hasOtherNames(source)) addPseudoLink(inode, branch, temporary);
  inode.copyAttributes();
  return part;
}

function hasOtherNames({ dentry }: Part): boolean {
  const real = positive(dentry);
  return !real.isDirectory && real.nlink > 1;
}

/** Links a file that was copied up under another name. */
function linkCopied(inode: AufsInode, branch: Branch, directory: Dentry, name: string): Part | number {
  const { sb } = inode;
  const source = findPseudoLink(inode, branch);
  if (typeof source === 'number') return -errno.EIO;
  const times = timesOf(positive(directory));
  const target = lookupChild(sb.kernelCredentials, directory, name);
  if (typeof target === 'number') return target;
  const answer = vfsLink(sb.kernelCredentials, source, positive(directory), target);
  if (answer < 0) return answer;
  setTimes(sb.kernelCredentials, directory, times);
  return new Part(branch, target);
}

/** A complete copy under a temporary name. */
function makeCopy({ sb }: AufsInode, source: Part, directory: Dentry, name: string, length: number): Dentry | number {
  const cred = sb.kernelCredentials;
  const temporary = freeName(sb, directory, name);
  if (typeof temporary === 'number') return temporary;
  const real = positive(source.dentry);
  const times = timesOf(real);
  const made = makeLike(sb, source.dentry, positive(directory), temporary);
  if (made < 0) return made;
  const size = Math.min(real.size, length);
  const filled =
    real.isRegular && size > 0 ? copyContent(cred, source, { mount: source.mount, dentry: temporary }, size) : 0;
  const answer = filled < 0 ? filled : copyAttributes(cred, source.dentry, temporary, times);
  if (answer === 0) return temporary;
  removeCopy(sb, temporary);
  return answer;
}

/** A temporary name for `name` that nothing has. */
export function freeName(sb: AufsSuperblock, directory: Dentry, name: string): Dentry | number {
  for (;;) {
    const found = lookupChild(sb.kernelCredentials, directory, temporaryName(name, sb.nextTemporary()));
    if (typeof found === 'number' || found.inode === null) return found;
  }
}

function makeLike({ kernelCredentials: cred }: AufsSuperblock, source: Dentry, dir: Inode, copy: Dentry): number {
  const { mode, rdev } = positive(source);
  switch (mode & S_IFMT) {
    case S_IFREG:
      return vfsCreate(cred, dir, copy, S_IFREG | 0o600);
    case S_IFDIR:
      return vfsMkdir(cred, dir, copy, mode);
    case S_IFLNK: {
      const target = positive(source).getLink(cred, source);
      return typeof target === 'number' ? target : vfsSymlink(cred, dir, copy, target);
    }
    default:
      return vfsMknod(cred, dir, copy, mode, rdev);
  }
}

function removeCopy({ kernelCredentials: cred }: AufsSuperblock, copy: Dentry): void {
  const remove = positive(copy).isDirectory ? vfsRmdir : vfsUnlink;
  remove(cred, positive(copy.parent), copy);
}

function giveName(sb: AufsSuperblock, temporary: Dentry, name: string): number {
  const cred = sb.kernelCredentials;
  const target = lookupChild(cred, temporary.parent, name);
  if (typeof target === 'number') return target;
  const dir = positive(temporary.parent);
  return vfsRename(cred, dir, temporary, dir, target, 0);
}

/**
 * Copies a file that was removed while it was open: beside where it was, or among the orphans where its directory is gone too,
 * and removes the copy's name at once (au_cpup_wh).
 */
function copyUpNameless(dentry: Dentry, length: number): Part | number {
  const inode = aufsInode(dentry);
  const { sb, top } = inode;
  const branch = writableFor(sb, top);
  if (typeof branch === 'number') return branch;
  if (top.branch === branch) return top;
  const place = namelessPlace(dentry, branch);
  if (typeof place === 'number') return place;
  const times = timesOf(positive(place));
  const copy = makeCopy(inode, top, place, dentry.name, length);
  if (typeof copy === 'number') return copy;
  inode.hold(positive(copy));
  const part = new Part(branch, copy);
  inode.addPart(part);
  removeCopy(sb, copy);
  setTimes(sb.kernelCredentials, place, times);
  dentry.fsdata = part;
  return part;
}

function namelessPlace(dentry: Dentry, branch: Branch): Dentry | number {
  const parent = aufsInode(dentry.parent).partOn(branch)?.dentry;
  const isThere = parent !== undefined && !positive(parent).dead;
  return isThere ? parent : (branch.orphans ?? -errno.EIO);
}
