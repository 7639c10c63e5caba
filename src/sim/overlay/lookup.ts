import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { followsRedirects } from './config.ts';
import { ENTRY_OPAQUE, ENTRY_UPPER_ALIAS, ENTRY_XWHITEOUTS, INODE_UPPERDATA } from './flags.ts';
import { getInode } from './get-inode.ts';
import { findOrigin, originOf, verifyReal } from './handles.ts';
import { setImpure } from './impure.ts';
import { lookupIndex } from './index-lookup.ts';
import { LayerPath } from './layer.ts';
import { hasOriginXattr, isWhiteoutIn, metacopyMark, redirectOf } from './layer-xattr.ts';
import { LayerLookup } from './lookup-layer.ts';
import { storeOrigin } from './origin.ts';
import {
  entryFlags,
  overlayInode,
  setEntryFlag,
  shownDentry,
  type OverlayInode,
  type Realization,
} from './overlay-inode.ts';
import { isOverlay, type OverlaySuperblock } from './overlay-superblock.ts';

/** Finds `dentry.name` in its directory through all layers (ovl_lookup, R75). Answers as Inode.lookup does. */
export function lookupMerged(directory: OverlayInode, dentry: Dentry): Dentry | number {
  const overlay = directory.sb;
  // R85
  if (dentry.name.length > overlay.nameLength) return -errno.ENAMETOOLONG;
  const lookup = new MergedLookup(directory, dentry);
  const answer = lookup.run();
  return answer < 0 ? answer : lookup.splice();
}

/** One lookup: what it finds in the layers becomes an inode. */
class MergedLookup {
  readonly #overlay: OverlaySuperblock;
  readonly #directory: OverlayInode;
  readonly #dentry: Dentry;
  readonly #layers: LayerLookup;
  /** Redirects count: they may be followed, or lead to data-only layers. */
  readonly #checksRedirects: boolean;
  #upper: Dentry | null = null;
  #upperOpaque = false;
  #upperMetacopy = false;
  #upperRedirect: string | undefined;
  /** The lower object that the upper one's origin attribute names. */
  #originPath: LayerPath | null = null;
  /** The lower object whose index entry counts. */
  #origin: Dentry | undefined;
  #index: Dentry | null = null;
  readonly #stack: LayerPath[] = [];
  #lazyData = false;
  #inode: OverlayInode | null = null;

  constructor(directory: OverlayInode, dentry: Dentry) {
    const overlay = directory.sb;
    this.#overlay = overlay;
    this.#directory = directory;
    this.#dentry = dentry;
    this.#checksRedirects = followsRedirects(overlay.config) || overlay.dataLayers > 0;
    const [firstLower] = directory.lower;
    const layer = overlay.upperLayer ?? firstLower?.layer;
    if (layer === undefined) throw new Error('a directory that no layer has');
    const last = this.#checksRedirects ? false : directory.lower.length === 0;
    this.#layers = new LayerLookup(overlay, dentry.name, layer, last);
  }

  run(): number {
    return this.#lookUpper() || this.#lookLower() || this.#requireData() || this.#lookIndex() || this.#makeInode();
  }

  /** Makes the dentry lead to what was found, or leaves it negative (d_splice_alias). */
  splice(): Dentry | number {
    if (this.#inode === null) return this.#dentry;
    const { alias } = this.#inode;
    if (this.#inode.isDirectory && alias !== null) return this.#moveAlias(alias);
    this.#inode.attach(this.#dentry);
    return this.#dentry;
  }

  /** The directory has a name already: a layer was changed behind our back, or two redirects lead there (__d_unalias). */
  #moveAlias(alias: Dentry): Dentry | number {
    if (this.#dentry.isBelow(alias)) return -errno.ELOOP;
    if (this.#overlay.renameLocked && alias.parent !== this.#dentry.parent) return -errno.ESTALE;
    alias.moveTo(this.#dentry);
    alias.fsdata = this.#dentry.fsdata;
    return alias;
  }

  #lookUpper(): number {
    const upperDirectory = this.#directory.upper;
    if (upperDirectory === null) return 0;
    const layers = this.#layers;
    const found = layers.lookUp(upperDirectory);
    if (typeof found === 'number') return found;
    this.#upper = found;
    this.#upperOpaque = layers.opaque;
    this.#upperRedirect = layers.redirect;
    if (found === null) return 0;
    if (isOverlay(found.sb)) return -errno.EREMOTE;
    if (layers.isDirectory) return 0;
    const origin = findOrigin(this.#overlay, found);
    if (typeof origin === 'number') return origin;
    this.#originPath = origin;
    this.#upperMetacopy = layers.metacopy;
    return 0;
  }

  #lookLower(): number {
    const root = overlayInode(this.#overlay.root);
    let parent = this.#upperRedirect?.startsWith('/') === true ? root : this.#directory;
    const layers = this.#layers;
    for (let at = 0; !layers.stop && at < parent.lower.length; at += 1) {
      const below = parent.lower[at];
      if (below === undefined) break;
      if (!this.#mayFollow()) return -errno.EPERM;
      this.#setLast(at, parent, root, below);
      layers.layer = below.layer;
      const found = layers.lookUp(below.dentry);
      if (typeof found === 'number') return found;
      if (found === null) continue;
      const answer = this.#take(new LayerPath(below.layer, found));
      if (answer < 0) return answer;
      if (answer === endOfMerge || this.#stopped) break;
      if (layers.redirect?.startsWith('/') === true && parent !== root) {
        parent = root;
        // The layer just looked at, in the root's stack.
        at = below.layer.index - 1;
      }
    }
    return this.#deferData();
  }

  get #stopped(): boolean {
    return this.#layers.stop;
  }

  #setLast(at: number, parent: OverlayInode, root: OverlayInode, below: LayerPath): void {
    const layers = this.#layers;
    if (!this.#checksRedirects) layers.last = at === parent.lower.length - 1;
    else if (layers.isDirectory || this.#overlay.dataLayers === 0)
      layers.last = below.layer.index === root.lower.length;
  }

  /**
   * What was found may say to go on where the mount's options forbid it (ovl_check_follow_redirect, R153, R180), also into a regular
   * layer that comes before the data-only ones (R187).
   */
  #mayFollow(): boolean {
    const { config } = this.#overlay;
    if (this.#layers.metacopy && !config.metacopy) {
      this.#overlay.log(`refusing to follow metacopy origin for (${shownDentry(this.#dentry)})`);
      return false;
    }
    const redirected = this.#layers.redirect !== undefined || this.#upperRedirect !== undefined;
    if (redirected && !followsRedirects(config)) {
      this.#overlay.log(`refusing to follow redirect for (${shownDentry(this.#dentry)})`);
      return false;
    }
    return true;
  }

  /** Puts a lower object on the stack. */
  #take(found: LayerPath): number {
    const overlay = this.#overlay;
    const { isDirectory, metacopy } = this.#layers;
    const isFirst = this.#stack.length === 0;
    if (this.#upper !== null && isFirst) {
      if (isDirectory && overlay.xattrs) {
        const answer = this.#fixOrigin(found.dentry, this.#upper);
        if (answer < 0) return answer;
      }
      const verifies = isDirectory ? overlay.indexesAll : overlay.config.index && this.#originPath !== null;
      if (verifies) {
        const answer = verifyReal(overlay, this.#upper, 'origin', found.dentry, 'lower', 'report');
        if (answer < 0) return isDirectory ? endOfMerge : answer;
        this.#origin = found.dentry;
      }
    }
    // Of a chain of metacopies only the topmost is kept, with the data below (R182).
    if (isFirst || !metacopy) this.#stack.push(found);
    return 0;
  }

  /** A merged directory remembers where it came from, also where it was not copied up by us (ovl_fix_origin). */
  #fixOrigin(lower: Dentry, upper: Dentry): number {
    const overlay = this.#overlay;
    if (hasOriginXattr(overlay, upper)) return 0;
    const origin = originOf(overlay, lower);
    if (typeof origin === 'number') return origin;
    const mount = overlay.upperMount;
    const writable = mount === undefined ? -errno.EROFS : mayWriteMount(mount);
    if (writable < 0) return writable;
    const stored = storeOrigin(overlay, upper, origin);
    return stored < 0 ? stored : setImpure(this.#directory, upper.parent);
  }

  /**
   * Data in a data-only layer is looked up at first use, and needs neither redirects nor metacopy to be on (R184, R185, R191). Only a
   * lower file can point there, by an absolute path (R186, R188).
   */
  #deferData(): number {
    const layers = this.#layers;
    if (layers.metacopy && this.#stack.length > 0 && this.#overlay.dataLayers > 0 && layers.absoluteRedirect) {
      layers.metacopy = false;
      this.#lazyData = true;
      return 0;
    }
    return this.#mayFollow() ? 0 : -errno.EPERM;
  }

  /** R181; and a file that was copied up keeps its origin as its only lower object. */
  #requireData(): number {
    const isAlone = this.#stack.length === 0;
    if (this.#layers.metacopy || (this.#upperMetacopy && isAlone)) {
      this.#overlay.log(`metacopy with no lower data found - abort lookup (${shownDentry(this.#dentry)})`);
      return -errno.EIO;
    }
    if (!this.#layers.isDirectory && this.#upper !== null && isAlone && this.#originPath !== null) {
      this.#stack.push(this.#originPath);
      this.#origin = this.#originPath.dentry;
    }
    return 0;
  }

  /** R161: another name of the same lower object may have been copied up. */
  #lookIndex(): number {
    const overlay = this.#overlay;
    const [topmost] = this.#stack;
    if (this.#upper === null) this.#origin = topmost?.dentry;
    if (this.#origin === undefined || overlay.indexDirectory === undefined) return 0;
    if (this.#layers.isDirectory && !overlay.indexesAll) return 0;
    const index = lookupIndex(overlay, this.#upper, this.#origin);
    if (typeof index === 'number') return index;
    this.#index = index;
    return 0;
  }

  #makeInode(): number {
    const layers = this.#layers;
    let flags = entryFlags(this.#dentry);
    if (this.#upperOpaque) flags |= ENTRY_OPAQUE;
    if (layers.xwhiteouts) flags |= ENTRY_XWHITEOUTS;
    if (this.#upper !== null) flags |= ENTRY_UPPER_ALIAS;
    this.#dentry.fsdata = flags;
    if (this.#upper === null && this.#index !== null) {
      const answer = this.#takeUpperFromIndex(this.#index);
      if (answer < 0) return answer;
    }
    if (this.#upper === null && this.#stack.length === 0) return 0;
    const inode = getInode(this.#overlay, this.#realization());
    if (typeof inode === 'number') return inode;
    if (this.#upper !== null && !this.#upperMetacopy) inode.flags |= INODE_UPPERDATA;
    this.#inode = inode;
    return 0;
  }

  #takeUpperFromIndex(index: Dentry): number {
    this.#upper = index;
    const redirect = redirectOf(this.#overlay, index);
    if (typeof redirect === 'number') return redirect;
    this.#upperRedirect = redirect;
    const mark = metacopyMark(this.#overlay, index);
    if (mark < 0) return mark;
    this.#upperMetacopy = mark > 0;
    this.#layers.metacopy = this.#upperMetacopy;
    return this.#mayFollow() ? 0 : -errno.EPERM;
  }

  #realization(): Realization {
    return {
      upper: this.#upper,
      lower: this.#stack,
      index: this.#index,
      redirect: this.#upperRedirect,
      lowerdataRedirect: this.#lazyData ? this.#layers.redirect : undefined,
    };
  }
}

/** The rest of the stack does not belong to the merge, though nothing failed. */
const endOfMerge = 1;

/**
 * Whether a removal must leave a whiteout: something below would show otherwise (ovl_lower_positive, R124). A negative dentry
 * has something below if and only if it is a whiteout.
 */
export function lowerShows(dentry: Dentry): boolean {
  if (dentry.inode === null) return (entryFlags(dentry) & ENTRY_OPAQUE) !== 0;
  if (overlayInode(dentry).upper === null) return true;
  const directory = overlayInode(dentry.parent);
  for (const { dentry: below } of directory.lower) {
    const found = lookupOne(directory.sb.creator, below, dentry.name);
    // What cannot be looked at is taken to be there.
    if (typeof found === 'number' && found !== -errno.ENOENT && found !== -errno.ENAMETOOLONG) return true;
    if (typeof found === 'number' || found.inode === null) continue;
    return !isWhiteoutIn(directory.sb, found);
  }
  return false;
}

/** Whether a negative dentry stands for a whiteout (ovl_dentry_is_whiteout). */
export function isWhiteout(dentry: Dentry): boolean {
  return dentry.inode === null && (entryFlags(dentry) & ENTRY_OPAQUE) !== 0;
}

/** Marks a dentry as one that nothing below shows through. */
export function setOpaqueEntry(dentry: Dentry): void {
  setEntryFlag(dentry, ENTRY_OPAQUE);
}

/** Whether both are the same real object. */
export function isUpperOf(dentry: Dentry, upper: Dentry): boolean {
  return overlayInode(dentry).upper?.inode === positive(upper);
}
