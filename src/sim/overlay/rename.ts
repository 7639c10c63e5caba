import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { vfsRename } from '../vfs/rename.ts';
import { copyUp } from './copy-up.ts';
import { checkEmpty } from './empty-directory.ts';
import { ENTRY_OPAQUE, PATH_MERGE, PATH_ORIGIN, PATH_UPPER } from './flags.ts';
import { setImpure } from './impure.ts';
import { isWhiteoutIn, MARK, setIfSupported } from './layer-xattr.ts';
import { isUpperOf, isWhiteout, lowerShows, setOpaqueEntry } from './lookup.ts';
import { directoryModified } from './modified.ts';
import { dropNlink } from './nlink.ts';
import { beginNlinkChange, endNlinkChange, wantWrite } from './nlink-change.ts';
import { entryFlags, overlayInode, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { setRedirect } from './redirect.ts';
import { clearEmpty, isPureUpper } from './remove.ts';
import { cleanup } from './temp.ts';

/** Renames a name of the merged view (ovl_rename). `flags` is a set of RENAME_*. */
export function renameName(old: Dentry, target: Dentry, flags: number): number {
  // R143
  if ((flags & ~(RENAME_EXCHANGE | RENAME_NOREPLACE)) !== 0) return -errno.EINVAL;
  return new Renaming(old, target, (flags & RENAME_EXCHANGE) !== 0 ? 'exchange' : 'replace').run();
}

class Renaming {
  readonly #old: Dentry;
  readonly #target: Dentry;
  readonly #oldParent: OverlayInode;
  readonly #newParent: OverlayInode;
  readonly #overlay: OverlaySuperblock;
  readonly #exchange: boolean;
  /** RENAME_* of the rename in the upper layer. */
  #flags: number;
  /** The whiteout that a directory changed places with must go. */
  #removesWhiteout = false;
  /** Whiteouts in the directory that is replaced. */
  #whiteouts: readonly string[] = [];

  constructor(old: Dentry, target: Dentry, way: 'exchange' | 'replace') {
    this.#old = old;
    this.#target = target;
    this.#oldParent = overlayInode(old.parent);
    this.#newParent = overlayInode(target.parent);
    this.#overlay = this.#oldParent.sb;
    this.#exchange = way === 'exchange';
    this.#flags = this.#exchange ? RENAME_EXCHANGE : 0;
  }

  run(): number {
    return this.#mayMove() || this.#checkReplaced() || this.#prepare() || this.#renameCounted();
  }

  /** R135, R136: directory trees are not copied up; they move by a redirect, or not at all. */
  #mayMove(): number {
    if (!this.#canMove(this.#old) || (this.#exchange && !this.#canMove(this.#target))) return -errno.EXDEV;
    return 0;
  }

  #canMove(dentry: Dentry): boolean {
    const { inode } = dentry;
    if (this.#overlay.config.redirect === 'on' || inode?.isDirectory !== true) return true;
    return !isMergedOrLower(overlayInode(dentry));
  }

  /** R138, R139. */
  #checkReplaced(): number {
    const { inode } = this.#target;
    if (this.#exchange || inode?.isDirectory !== true || isPureUpper(overlayInode(this.#target))) return 0;
    const whiteouts = checkEmpty(this.#target);
    if (typeof whiteouts === 'number') return whiteouts;
    this.#whiteouts = whiteouts;
    return 0;
  }

  /** Copies up what takes part, and finds out what stays at the old name (R132, R133). */
  #prepare(): number {
    if (!this.#exchange) this.#chooseFlags();
    const answer = copyUp(this.#old) || copyUp(this.#target.parent);
    if (answer < 0) return answer;
    return this.#exchange ? copyUp(this.#target) : 0;
  }

  /** A plain rename where nothing shows below (R134), else the whiteout changes places or a new one is left (R150). */
  #chooseFlags(): void {
    const overWhiteout = isWhiteout(this.#target);
    if (lowerShows(this.#old)) {
      this.#flags |= overWhiteout ? RENAME_EXCHANGE : RENAME_WHITEOUT;
    } else if (overlayInode(this.#old).isDirectory && overWhiteout) {
      this.#flags |= RENAME_EXCHANGE;
      this.#removesWhiteout = true;
    }
  }

  #renameCounted(): number {
    if (this.#exchange || this.#target.inode === null) {
      return wantWrite(this.#overlay) || this.#renameUpper();
    }
    const answer = beginNlinkChange(this.#target);
    if (answer < 0) return answer;
    const renamed = this.#renameUpper();
    endNlinkChange(this.#target);
    return renamed;
  }

  /** do_ovl_rename. */
  #renameUpper(): number {
    const { upper: oldDirectory } = this.#oldParent;
    const { upper: newDirectory } = this.#newParent;
    if (oldDirectory === null || newDirectory === null) return -errno.EIO;
    const emptied = this.#whiteouts.length > 0 ? clearEmpty(this.#target, this.#whiteouts) : undefined;
    if (typeof emptied === 'number') return emptied;
    const marked = this.#markParents(oldDirectory, newDirectory);
    if (marked < 0) return marked;
    const old = lookupOne(this.#overlay.creator, oldDirectory, this.#old.name);
    if (typeof old === 'number') return old;
    if (old.inode === null || !isUpperOf(this.#old, old)) return -errno.ESTALE;
    const target = lookupOne(this.#overlay.creator, newDirectory, this.#target.name);
    if (typeof target === 'number') return target;
    const answer = this.#checkTarget(target, emptied) || this.#markMoved(old, target) || this.#move(old, target);
    if (answer === 0) this.#finish(target);
    return answer;
  }

  /** R145: what comes from below makes its new directory impure. */
  #markParents(oldDirectory: Dentry, newDirectory: Dentry): number {
    if (this.#oldParent === this.#newParent) return 0;
    if (hasOrigin(this.#old)) {
      const answer = setImpure(this.#newParent, newDirectory);
      if (answer < 0) return answer;
    }
    return this.#exchange && hasOrigin(this.#target) ? setImpure(this.#oldParent, oldDirectory) : 0;
  }

  /** ESTALE where the upper layer was changed behind our back. */
  #checkTarget(target: Dentry, emptied: Dentry | undefined): number {
    const isUpper = this.#target.inode !== null && overlayInode(this.#target).upper !== null;
    let fits: boolean;
    if (isUpper) {
      fits = emptied === undefined ? target.inode !== null && isUpperOf(this.#target, target) : target === emptied;
    } else if (target.inode === null) {
      fits = (this.#flags & RENAME_EXCHANGE) === 0;
    } else {
      fits = isOpaque(this.#target) && isWhiteoutIn(this.#overlay, target);
    }
    if (!fits || target.inode === overlayInode(this.#old).upper?.inode) return -errno.ESTALE;
    return 0;
  }

  /** R137, R142, R146, R151: what is moved keeps its lower part by a redirect, or keeps others' away by an opaque mark. */
  #markMoved(old: Dentry, target: Dentry): number {
    const answer = this.#markOne(this.#old, old, this.#newParent);
    if (answer < 0 || !this.#exchange) return answer;
    return this.#markOne(this.#target, target, this.#oldParent);
  }

  #markOne(dentry: Dentry, upper: Dentry, newParent: OverlayInode): number {
    const inode = overlayInode(dentry);
    if (isMergedOrLower(inode)) {
      return setRedirect(dentry, this.#oldParent === this.#newParent ? 'same-directory' : 'elsewhere');
    }
    if (!inode.isDirectory || isOpaque(dentry) || (newParent.pathType & PATH_MERGE) === 0) return 0;
    const answer = setIfSupported(this.#overlay, upper, 'opaque', MARK, -errno.EXDEV);
    if (answer === 0) setOpaqueEntry(dentry);
    return answer;
  }

  #move(old: Dentry, target: Dentry): number {
    const { creator } = this.#overlay;
    return vfsRename(creator, positive(old.parent), old, positive(target.parent), target, this.#flags);
  }

  #finish(target: Dentry): void {
    if (this.#removesWhiteout) cleanup(this.#overlay, target);
    const replaced = this.#target.inode === null ? undefined : overlayInode(this.#target);
    if (!this.#exchange && replaced !== undefined) {
      if (replaced.isDirectory) replaced.nlink = 0;
      else dropNlink(this.#target);
    }
    const oldImpure = hasOrigin(this.#old) || (this.#exchange && hasOrigin(this.#target));
    const newImpure = hasOrigin(this.#old) || (replaced !== undefined && hasOrigin(this.#target));
    directoryModified(this.#oldParent, oldImpure ? 'impure' : 'pure');
    directoryModified(this.#newParent, newImpure ? 'impure' : 'pure');
    overlayInode(this.#old).copyAttributes();
    if (replaced !== undefined && replaced.upper !== null) replaced.copyAttributes();
  }
}

function isMergedOrLower({ pathType }: OverlayInode): boolean {
  return (pathType & PATH_MERGE) !== 0 || (pathType & PATH_UPPER) === 0;
}

function hasOrigin(dentry: Dentry): boolean {
  return (overlayInode(dentry).pathType & PATH_ORIGIN) !== 0;
}

function isOpaque(dentry: Dentry): boolean {
  return (entryFlags(dentry) & ENTRY_OPAQUE) !== 0;
}
