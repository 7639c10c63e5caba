import type { Dentry } from '../vfs/dentry.ts';
import { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import type { DirectoryCache } from './directory-cache.ts';
import { INODE_CONST_INO, INODE_UPPERDATA, INODE_WHITEOUTS, PATH_MERGE, PATH_ORIGIN, PATH_UPPER } from './flags.ts';
import type { LayerPath } from './layer.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** What the layers hold of an object (struct ovl_inode_params). */
export interface Realization {
  readonly upper: Dentry | null;
  /** From the top down. */
  readonly lower: readonly LayerPath[];
  /** Where the data of a lower metacopy file is, in a data-only layer that was not looked at yet (R185). */
  readonly lowerdataRedirect?: string | undefined;
  /** The redirect that is stored on the upper object. */
  readonly redirect?: string | undefined;
  /** The entry of the index. */
  readonly index?: Dentry | null;
}

/** An object of the merged view over those of its layers (struct ovl_inode). */
export abstract class OverlayInode extends Inode {
  declare readonly sb: OverlaySuperblock;
  /** INODE_*. */
  flags = 0;
  upper: Dentry | null = null;
  /** The lower objects from the top down: those of a merged directory, a file's origin, a metacopy file's data. */
  lower: readonly LayerPath[] = [];
  redirect: string | undefined = undefined;
  /** Set while the data of a metacopy file must still be looked up in the data-only layers. */
  lowerdataRedirect: string | undefined = undefined;
  /** The real inode under which the superblock finds this one (i_private), `null` where it is not to be found. */
  key: Inode | null = null;
  /** The merged list of a directory, or its impure entries; good for `version` of the directory. */
  cache: DirectoryCache | undefined = undefined;
  version = 0;
  knownMadeUpIno: number | undefined = undefined;
  /** Dentries that lead or led here; those that still do are hashed. */
  readonly #aliases: Dentry[] = [];

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** The upper object, or the topmost lower one (ovl_inode_real). */
  get real(): Inode {
    return positive(this.realDentry);
  }

  get realDentry(): Dentry {
    if (this.upper !== null) return this.upper;
    const [topmost] = this.lower;
    if (topmost === undefined) throw new Error('an overlay inode without layers');
    return topmost.dentry;
  }

  /** The topmost lower object: of a copied-up one, where it came from. */
  get lowerPath(): LayerPath | undefined {
    return this.lower[0];
  }

  /** Where the data is below: the lowest object, `undefined` where it is not looked up yet (ovl_path_lowerdata). */
  get lowerdata(): LayerPath | undefined {
    return this.lowerdataRedirect === undefined ? this.lower.at(-1) : undefined;
  }

  /** Whether the directory is read straight from its one layer, stray whiteouts and all (ovl_dir_is_real, R79, R128). */
  get isRealDirectory(): boolean {
    return !this.has(INODE_WHITEOUTS);
  }

  /** Whether the upper object holds the data (ovl_has_upperdata). */
  get hasUpperdata(): boolean {
    return !this.isRegular || this.lower.length === 0 || this.has(INODE_UPPERDATA);
  }

  /** PATH_* (ovl_path_type). */
  get pathType(): number {
    const stacked = this.lowerCount;
    if (this.upper === null) return stacked > 1 ? PATH_MERGE : 0;
    let type = PATH_UPPER;
    if (stacked > 0) {
      if (this.has(INODE_CONST_INO)) type |= PATH_ORIGIN;
      if (this.isDirectory || !this.hasUpperdata) type |= PATH_MERGE;
    }
    return type;
  }

  /** How many lower objects there are, the data that was not looked up among them (ovl_numlower). */
  get lowerCount(): number {
    return this.lowerdataRedirect === undefined ? this.lower.length : this.lower.length + 1;
  }

  /** Whether data and metadata are in different layers (ovl_is_metacopy_dentry). */
  get isMetacopy(): boolean {
    if (!this.isRegular) return false;
    return this.upper === null ? this.lowerCount > 1 : !this.hasUpperdata;
  }

  /** Takes attributes over from the real object (ovl_copyattr). */
  copyAttributes(): void {
    const { real } = this;
    this.uid = real.uid;
    this.gid = real.gid;
    this.mode = real.mode;
    this.size = real.size;
    this.atimeSec = real.atimeSec;
    this.atimeNsec = real.atimeNsec;
    this.mtimeSec = real.mtimeSec;
    this.mtimeNsec = real.mtimeNsec;
    this.ctimeSec = real.ctimeSec;
    this.ctimeNsec = real.ctimeNsec;
  }

  /** A number for a directory whose own one leaves no room for that of its filesystem (ovl_next_ino). */
  get madeUpIno(): number {
    return (this.knownMadeUpIno ??= this.sb.nextIno());
  }

  /** Makes `dentry` lead here. */
  attach(dentry: Dentry): void {
    dentry.instantiate(this);
    this.noteAlias(dentry);
  }

  /** Notes a dentry that leads here already. */
  noteAlias(dentry: Dentry): void {
    this.#forgetStaleAliases();
    this.#aliases.push(dentry);
  }

  override pin(): void {
    super.pin();
    this.sb.pinned.add(this);
  }

  override unpin(): void {
    super.unpin();
    if (this.pins === 0) this.sb.pinned.delete(this);
  }

  /** Whether a name other than `dentry` is cached (the alias that ovl_drop_nlink looks for). */
  hasOtherAlias(dentry: Dentry): boolean {
    return this.#aliases.some((alias) => alias !== dentry && alias.hashed);
  }

  /**
   * Whether anything still uses this inode: a cached name, an open file, a working directory. The kernel frees an inode with
   * its last user; here the superblock does not find it any more.
   */
  get inUse(): boolean {
    return this.pins > 0 || this.#aliases.some((alias) => alias.hashed);
  }

  #forgetStaleAliases(): void {
    for (let at = this.#aliases.length - 1; at >= 0; at -= 1) {
      if (this.#aliases[at]?.hashed !== true) this.#aliases.splice(at, 1);
    }
  }
}

/** The overlay inode of a positive dentry of an overlay. */
export function overlayInode(dentry: Dentry): OverlayInode {
  const { inode } = dentry;
  if (!(inode instanceof OverlayInode)) throw new Error(`no positive dentry of an overlay: ${dentry.name}`);
  return inode;
}

/** Flags ENTRY_* of a dentry. */
export function entryFlags(dentry: Dentry): number {
  return typeof dentry.fsdata === 'number' ? dentry.fsdata : 0;
}

export function setEntryFlag(dentry: Dentry, flag: number): void {
  dentry.fsdata = entryFlags(dentry) | flag;
}

/** The last two names of a dentry's path, as the kernel logs dentries (%pd2). */
export function shownDentry(dentry: Dentry): string {
  if (dentry.isRoot) return '/';
  const { parent } = dentry;
  return parent.isRoot ? `/${dentry.name}` : `${parent.name}/${dentry.name}`;
}
