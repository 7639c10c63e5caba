import { Dentry } from '../vfs/dentry.ts';
import { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import type { Branch, Part } from './branch.ts';

/** An object of the union over what its branches have of it (struct au_iinfo). */
export abstract class AufsInode extends Inode {
  declare readonly sb: AufsSuperblock;
  /**
   * What the branches have, from the top down. Of a directory all of them count; of anything else the first, the others are
   * what it was copied from.
   */
  parts: readonly Part[] = [];
  /** The last name was taken away: the branches do not know of the users that are left. */
  removed = false;
  /** Dentries that lead or led here; those that still do are hashed. */
  readonly #aliases: Dentry[] = [];
  readonly #held: Inode[] = [];

  get top(): Part {
    const [first] = this.parts;
    if (first === undefined) throw new Error('an object that no branch has');
    return first;
  }

  /** The topmost branch's object. */
  get real(): Inode {
    return positive(this.top.dentry);
  }

  partOn(branch: Branch): Part | undefined {
    return this.parts.find((part) => part.branch === branch);
  }

  /** Takes in what a branch has come to have. */
  addPart(part: Part): void {
    const others = this.parts.filter(({ branch }) => branch !== part.branch);
    const below = others.findIndex(({ branch }) => branch.index > part.branch.index);
    this.parts = below < 0 ? [...others, part] : others.toSpliced(below, 0, part);
    this.sb.enter(this, part);
  }

  /** Forgets what lies below the topmost part. */
  dropLower(): void {
    for (const part of this.parts.slice(1)) this.sb.numbers.forget(positive(part.dentry));
    this.parts = [this.top];
  }

  /** Takes over the attributes of the topmost part. */
  copyAttributes(): void {
    const { real } = this;
    this.mode = real.mode;
    this.uid = real.uid;
    this.gid = real.gid;
    this.rdev = real.rdev;
    this.size = real.size;
    this.atimeSec = real.atimeSec;
    this.atimeNsec = real.atimeNsec;
    this.mtimeSec = real.mtimeSec;
    this.mtimeNsec = real.mtimeNsec;
    this.ctimeSec = real.ctimeSec;
    this.ctimeNsec = real.ctimeNsec;
    this.#copyLinkCount(real);
  }

  /**
   * The links of all parts of a directory count, each `.` and `..` once. Of a pseudo-linked file nobody knows how many of its
   * names are still below: the count is kept here.
   */
  #copyLinkCount(real: Inode): void {
    if (this.removed) return;
    if (this.isDirectory) {
      this.nlink = this.parts.slice(1).reduce((sum, { dentry }) => sum + positive(dentry).nlink - 2, real.nlink);
    } else if (!this.sb.pseudoLinked.has(this)) {
      this.nlink = real.nlink;
    }
  }

  /** Makes `dentry` a name of this; `part` is what a branch has under this very name. */
  attach(dentry: Dentry, part: Part): void {
    this.#forgetStaleAliases();
    this.#aliases.push(dentry);
    dentry.fsdata = part;
    dentry.instantiate(this);
  }

  /** Makes `dentry`, which no cache has, lead here. */
  attachNameless(dentry: Dentry, part: Part): void {
    dentry.inode = this;
    this.alias ??= dentry;
    this.restoreName(dentry, part);
  }

  /** Notes a dentry that leads here already. */
  restoreName(dentry: Dentry, part: Part): void {
    this.#aliases.push(dentry);
    dentry.fsdata = part;
  }

  /** One name less; answers nothing of the branches' own counts. */
  dropName(): void {
    this.nlink -= 1;
    if (this.isDirectory || this.nlink <= 0) {
      this.nlink = 0;
      this.removed = true;
    }
    this.copyAttributes();
    this.evictIfUnused();
  }

  /** Whether anything still uses this inode: a cached name, an open file, a working directory, a pseudo-link. */
  get inUse(): boolean {
    return this.pins > 0 || this.sb.pseudoLinked.has(this) || this.#aliases.some((alias) => alias.hashed);
  }

  override touch(): void {
    // The branches keep the times.
  }

  override updateTime(): number {
    return 0;
  }

  /** Keeps a branch's object that has no name while this inode is used, which the branch cannot know of. */
  hold(real: Inode): void {
    real.pin();
    this.#held.push(real);
  }

  override evict(): void {
    this.sb.forget(this);
    for (const real of this.#held.splice(0)) real.unpin();
  }

  #forgetStaleAliases(): void {
    for (let at = this.#aliases.length - 1; at >= 0; at -= 1) {
      if (this.#aliases[at]?.hashed !== true) this.#aliases.splice(at, 1);
    }
  }
}

/** The dentry of a union's root, which is in use as long as the union is. */
export function rootDentry(inode: AufsInode): Dentry {
  const root = new Dentry(inode.sb, undefined, '/', inode);
  inode.alias = root;
  inode.pin();
  return root;
}

/** The inode of a positive dentry of a union. */
export function aufsInode({ inode, name }: Dentry): AufsInode {
  if (!(inode instanceof AufsInode)) throw new Error(`no positive dentry of a union: ${name}`);
  return inode;
}

/** What the topmost branch that has the name `dentry` has under it. */
export function partOf(dentry: Dentry): Part {
  const inode = aufsInode(dentry);
  return inode.isDirectory ? inode.top : (dentry.fsdata as Part);
}
