import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE, RENAME_WHITEOUT } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { aufsInode, partOf, type AufsInode } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import type { Branch } from './branch.ts';
import { setTimes, timesOf } from './copy-attributes.ts';
import { copyUp, copyUpDirectory, freeName, writableFor } from './copy-up.ts';
import { findParts } from './lookup.ts';
import { opaqueName } from './names.ts';
import { checkEmpty } from './read-branch.ts';
import { mustHide } from './remove.ts';
import { findWhiteout, makeOpaque, makeWhiteout, removeMark } from './whiteout.ts';
import { removeMarkedDirectory } from './writable-branch.ts';

/** Renames on the writable branch, where what is renamed is copied up before (aufs_rename). `flags`: RENAME_*. */
export function renameName(cred: Credentials, old: Dentry, target: Dentry, flags: number): number {
  if ((flags & RENAME_WHITEOUT) !== 0) return -errno.EINVAL;
  const branch = branchFor(old, target);
  if (typeof branch === 'number') return branch;
  const renaming = new Renaming(cred, branch, old, target, flags);
  return renaming.run();
}

function branchFor(old: Dentry, target: Dentry): Branch | number {
  const { sb } = aufsInode(old);
  const branch = writableFor(sb, partOf(old));
  if (typeof branch === 'number') return branch;
  return writableFor(sb, target.inode === null ? aufsInode(target.parent).top : partOf(target));
}

class Renaming {
  readonly #cred: Credentials;
  readonly #sb: AufsSuperblock;
  readonly #branch: Branch;
  readonly #old: Dentry;
  readonly #target: Dentry;
  readonly #flags: number;
  readonly #inode: AufsInode;
  /** What has the new name and is replaced, or exchanged. */
  readonly #other: AufsInode | undefined;
  /** How to take back what was done, the last thing first. */
  readonly #undo: (() => void)[] = [];

  constructor(cred: Credentials, branch: Branch, old: Dentry, target: Dentry, flags: number) {
    this.#cred = cred;
    this.#branch = branch;
    this.#old = old;
    this.#target = target;
    this.#flags = flags;
    this.#inode = aufsInode(old);
    this.#sb = this.#inode.sb;
    this.#other = target.inode === null ? undefined : aufsInode(target);
  }

  run(): number {
    const allowed = this.#mayMoveDirectories();
    if (allowed < 0) return allowed;
    const answer = this.#exchanges ? this.#exchange() : this.#move();
    if (answer < 0) {
      for (const step of this.#undo.reverse()) step();
      return answer;
    }
    aufsInode(this.#old.parent).copyAttributes();
    aufsInode(this.#target.parent).copyAttributes();
    return 0;
  }

  get #exchanges(): boolean {
    return (this.#flags & RENAME_EXCHANGE) !== 0;
  }

  #mayMoveDirectories(): number {
    if (this.#other?.isDirectory === true) {
      const answer = this.#exchanges ? mayMove(this.#other, this.#branch) : checkEmpty(this.#other, 'counts');
      if (answer < 0) return answer;
    }
    return this.#inode.isDirectory ? mayMove(this.#inode, this.#branch) : 0;
  }

  /** Both names are on the writable branch then: neither needs a whiteout. */
  #exchange(): number {
    const { hidesSource, hidesTarget } = this.#hides();
    if (typeof hidesSource === 'number') return hidesSource;
    if (typeof hidesTarget === 'number') return hidesTarget;
    const source = copyUp(this.#old);
    if (typeof source === 'number') return source;
    const target = copyUp(this.#target);
    if (typeof target === 'number') return target;
    this.#restoreTimesOnFailure(source.dentry.parent, target.dentry.parent);
    const renamed = this.#renameReal(source.dentry, target.dentry);
    if (renamed < 0) return renamed;
    const opaque =
      (hidesTarget ? this.#makeOpaque(this.#inode, source.dentry) : 0) ||
      (hidesSource ? this.#makeOpaque(this.#other, target.dentry) : 0);
    if (opaque < 0) return opaque;
    this.#inode.copyAttributes();
    this.#other?.copyAttributes();
    return 0;
  }

  /** Whether lower branches have something under the two names. */
  #hides(): { readonly hidesSource: boolean | number; readonly hidesTarget: boolean | number } {
    return { hidesSource: this.#hasBelow(this.#old), hidesTarget: this.#hasBelow(this.#target) };
  }

  #hasBelow({ parent, name }: Dentry): boolean | number {
    const below = aufsInode(parent).parts.filter((part) => part.branch.index > this.#branch.index);
    const parts = findParts(this.#sb.kernelCredentials, this.#sb, below, name);
    return typeof parts === 'number' ? parts : parts.length > 0;
  }

  #move(): number {
    const { parent, name } = this.#target;
    const targetDirectory = copyUpDirectory(parent, this.#branch);
    if (typeof targetDirectory === 'number') return targetDirectory;
    const hides = mustHide(this.#old, this.#branch);
    if (typeof hides === 'number') return hides;
    const source = copyUp(this.#old);
    if (typeof source === 'number') return source;
    this.#restoreTimesOnFailure(source.dentry.parent, targetDirectory);
    const whiteout = findWhiteout(this.#sb, targetDirectory, name);
    if (typeof whiteout === 'number') return whiteout;
    const needsOpaque = this.#mustBeOpaque(whiteout);
    if (typeof needsOpaque === 'number') return needsOpaque;
    const answer =
      (hides ? this.#hideSource(source.dentry.parent) : 0) ||
      this.#setTargetAside() ||
      this.#renameReal(source.dentry, lookupChild(this.#sb.kernelCredentials, targetDirectory, name)) ||
      (needsOpaque ? this.#makeOpaque(this.#inode, source.dentry) : 0) ||
      (whiteout === undefined ? 0 : removeMark(this.#sb, this.#cred, whiteout));
    if (answer < 0) return answer;
    this.#forgetReplaced();
    if (!this.#sb.pseudoLinked.has(this.#inode)) this.#inode.dropLower();
    this.#inode.copyAttributes();
    return 0;
  }

  /** A directory must not show what lower branches have under its new name, nor what was hidden there. */
  #mustBeOpaque(whiteout: Dentry | undefined): boolean | number {
    if (!this.#inode.isDirectory) return false;
    if (whiteout !== undefined) return true;
    const replaced = this.#other?.partOn(this.#branch);
    if (replaced !== undefined && this.#isOpaque(replaced.dentry)) return true;
    return this.#hasBelow(this.#target);
  }

  #isOpaque(directory: Dentry): boolean {
    const mark = lookupChild(this.#sb.kernelCredentials, directory, opaqueName);
    return typeof mark !== 'number' && mark.inode !== null;
  }

  #hideSource(directory: Dentry): number {
    const whiteout = makeWhiteout(this.#sb, this.#cred, this.#branch, directory, this.#old.name);
    if (typeof whiteout === 'number') return whiteout;
    this.#undo.push(() => removeMark(this.#sb, this.#cred, whiteout));
    return 0;
  }

  /** A directory that is replaced may still have marks in it. */
  #setTargetAside(): number {
    const replaced = this.#other?.isDirectory === true ? this.#other.partOn(this.#branch)?.dentry : undefined;
    if (replaced === undefined) return 0;
    const { parent, name } = replaced;
    const aside = freeName(this.#sb, parent, name);
    if (typeof aside === 'number') return aside;
    const dir = positive(parent);
    const renamed = vfsRename(this.#sb.kernelCredentials, dir, replaced, dir, aside, 0);
    if (renamed < 0) return renamed;
    this.#undo.push(() => {
      const back = lookupChild(this.#sb.kernelCredentials, parent, name);
      if (typeof back !== 'number') vfsRename(this.#sb.kernelCredentials, dir, replaced, dir, back, 0);
    });
    return 0;
  }

  #renameReal(source: Dentry, target: Dentry | number): number {
    if (typeof target === 'number') return target;
    const { parent, name } = source;
    const answer = vfsRename(this.#cred, positive(parent), source, positive(target.parent), target, this.#flags);
    if (answer < 0) return answer;
    if (this.#exchanges || target.inode === null) {
      this.#undo.push(() => {
        const cred = this.#sb.kernelCredentials;
        const back = lookupChild(cred, parent, name);
        if (typeof back !== 'number') {
          vfsRename(cred, positive(source.parent), source, positive(parent), back, this.#flags & RENAME_EXCHANGE);
        }
      });
    }
    return 0;
  }

  #makeOpaque(inode: AufsInode | undefined, directory: Dentry): number {
    if (inode?.isDirectory !== true || this.#isOpaque(directory)) return 0;
    const mark = makeOpaque(this.#sb, this.#cred, this.#branch, directory);
    if (typeof mark === 'number') return mark;
    this.#undo.push(() => removeMark(this.#sb, this.#cred, mark));
    return 0;
  }

  #forgetReplaced(): void {
    const other = this.#other;
    if (other === undefined) return;
    const aside = other.isDirectory ? other.partOn(this.#branch)?.dentry : undefined;
    if (aside !== undefined) removeMarkedDirectory(this.#sb, this.#branch, aside);
    other.dropName();
  }

  #restoreTimesOnFailure(...directories: readonly Dentry[]): void {
    for (const directory of new Set(directories)) {
      const times = timesOf(positive(directory));
      this.#undo.push(() => setTimes(this.#sb.kernelCredentials, directory, times));
    }
  }
}

/**
 * A directory can be moved where it has no names on lower branches; EXDEV otherwise, and the caller copies it
 * (may_rename_srcdir).
 */
function mayMove(inode: AufsInode, branch: Branch): number {
  if (inode.partOn(branch) !== undefined && inode.parts.length === 1) return 0;
  const answer = checkEmpty(inode, inode.partOn(branch) === undefined ? 'counts' : 'only hides');
  return answer === -errno.ENOTEMPTY ? -errno.EXDEV : answer;
}
