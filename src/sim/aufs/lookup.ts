import { errno } from '../../host/errno.ts';
import { S_IFMT } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, lookupOne } from '../vfs/namei.ts';
import { AufsInode, partOf } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import { Part } from './branch.ts';
import { isReserved, longestName, opaqueName, whiteoutOf } from './names.ts';

/** Finds a name in a directory of the union (aufs_lookup). */
export function lookupUnion(cred: Credentials, dir: AufsInode, dentry: Dentry): Dentry | number {
  if (isReserved(dentry.name)) return -errno.EPERM;
  if (dentry.name.length > longestName) return -errno.ENAMETOOLONG;
  const parts = findParts(cred, dir.sb, dir.parts, dentry.name);
  if (typeof parts === 'number') return parts;
  return parts.length === 0 ? dentry : enterName(dir.sb, dentry, parts);
}

/**
 * What the branches have under a name, from the top down: all directories up to one that is opaque, or one object of another
 * kind. A whiteout ends the search; below a directory everything that is no directory is passed over.
 */
export function findParts(
  cred: Credentials,
  sb: AufsSuperblock,
  directory: readonly Part[],
  name: string,
): readonly Part[] | number {
  const parts: Part[] = [];
  for (const [index, place] of directory.entries()) {
    const look = index > 0 && sb.options.dirperm1 ? lookupChild : lookupOne;
    const whiteout = place.branch.honoursWhiteouts ? findMark(look, cred, place.dentry, whiteoutOf(name)) : undefined;
    if (typeof whiteout === 'number') return whiteout;
    if (whiteout !== undefined) return index === 0 ? refuseHidden(look, cred, place.dentry, name) : parts;
    const found = look(cred, place.dentry, name);
    if (typeof found === 'number') return found;
    const ends = found.inode === null ? false : takePart(cred, parts, new Part(place.branch, found), found.inode);
    if (typeof ends === 'number') return ends;
    if (ends) break;
  }
  return parts;
}

type Look = typeof lookupOne;

/** A regular file that is a mark of aufs's; anything else of that name is EIO. */
function findMark(look: Look, cred: Credentials, directory: Dentry, name: string): Dentry | undefined | number {
  const found = look(cred, directory, name);
  if (typeof found === 'number') return found;
  if (found.inode === null) return undefined;
  return found.inode.isRegular ? found : -errno.EIO;
}

/** A name whose whiteout lies beside it on the topmost branch: nothing can be said of it. */
function refuseHidden(look: Look, cred: Credentials, directory: Dentry, name: string): readonly Part[] | number {
  const found = look(cred, directory, name);
  if (typeof found === 'number') return found;
  return found.inode === null ? [] : -errno.EIO;
}

/** Takes what a branch has; answers whether the search ends with it. */
function takePart(cred: Credentials, parts: Part[], part: Part, inode: Inode): boolean | number {
  const [first] = parts;
  if (first !== undefined && (positive(first.dentry).mode & S_IFMT) !== (inode.mode & S_IFMT)) return false;
  parts.push(part);
  if (!inode.isDirectory) return true;
  if (!part.branch.honoursWhiteouts) return false;
  const opaque = findMark(lookupChild, cred, part.dentry, opaqueName);
  return typeof opaque === 'number' ? opaque : opaque !== undefined;
}

/** Makes a dentry lead to the inode of what the branches have, which may be known by another name. */
function enterName(sb: AufsSuperblock, dentry: Dentry, parts: readonly Part[]): Dentry | number {
  const [top] = parts;
  if (top === undefined) return dentry;
  const known = knownInode(sb, top);
  if (known?.isDirectory === true && known.alias !== null) {
    known.alias.moveTo(dentry);
    known.parts = parts;
    known.copyAttributes();
    return known.alias;
  }
  const inode = known ?? makeInode(sb, parts);
  inode.attach(dentry, top);
  return dentry;
}

function knownInode(sb: AufsSuperblock, top: Part): AufsInode | undefined {
  const real = positive(top.dentry);
  const ino = sb.numbers.find(real.sb, real.ino);
  const inode = ino === undefined ? undefined : sb.inodeOf(ino);
  if (inode === undefined) return undefined;
  if (!inode.dead && inode.parts.some(({ dentry }) => dentry.inode === real)) return inode;
  // The number is another's by now.
  sb.numbers.forget(real);
  return undefined;
}

/** An inode for objects of branches that none has yet. */
export function makeInode(sb: AufsSuperblock, parts: readonly Part[]): AufsInode {
  const [top] = parts;
  if (top === undefined) throw new Error('an object that no branch has');
  const real = positive(top.dentry);
  const inode = sb.newInode(sb.numbers.findOrTake(real.sb, real.ino), real);
  inode.parts = parts;
  for (const part of parts) sb.enter(inode, part);
  inode.copyAttributes();
  return inode;
}

/** Whether a cached name still leads to what the branches have (aufs_d_revalidate): 1, or 0. */
export function revalidateName(dir: AufsInode, dentry: Dentry): number {
  const { inode } = dentry;
  if (!(inode instanceof AufsInode)) return 0;
  if (dir.sb.options.udba === 'none') return 1;
  const parts = inode.isDirectory ? inode.parts : [partOf(dentry)];
  if (!parts.every((part) => isInPlace(dir, dentry.name, part))) return 0;
  inode.copyAttributes();
  return 1;
}

function isInPlace(dir: AufsInode, name: string, { branch, dentry }: Part): boolean {
  if (dentry.inode === null || !dentry.hashed || dentry.name !== name) return false;
  return dir.partOn(branch)?.dentry === dentry.parent;
}
