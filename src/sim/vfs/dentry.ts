import type { Inode } from './inode.ts';
import type { Superblock } from './superblock.ts';

/**
 * A name in a directory, with the inode it leads to (struct dentry). Dentries are the cache of names of a superblock: a
 * directory's dentry holds those of its entries that were looked up. Positive dentries stay cached until the name goes;
 * negative ones are never cached. Every directory inode has one dentry.
 */
export class Dentry {
  readonly sb: Superblock;
  /** The directory's dentry; a root is its own parent. */
  parent: Dentry;
  /** A byte string; `/` for a root. */
  name: string;
  /** `null` while the dentry is negative. */
  inode: Inode | null;
  /** The cached entries of a directory, by name. */
  children: Map<string, Dentry> | undefined;
  /** Whether the name leads here: false for roots, for names that were removed and for disconnected dentries. */
  hashed: boolean;
  /** How many mounts have this dentry as their mountpoint. */
  mounts: number;
  /** What the filesystem keeps with the name (d_fsdata). */
  fsdata: unknown;

  constructor(sb: Superblock, parent: Dentry | undefined, name: string, inode: Inode | null) {
    this.sb = sb;
    this.parent = parent ?? this;
    this.name = name;
    this.inode = inode;
    this.children = undefined;
    this.hashed = false;
    this.mounts = 0;
    this.fsdata = undefined;
  }

  get isRoot(): boolean {
    return this.parent === this;
  }

  /** Whether the object can no longer be reached by this name (d_unlinked). */
  get unlinked(): boolean {
    return !this.hashed && this.parent !== this;
  }

  /** Gives a negative dentry its inode and caches it (d_instantiate, d_add). */
  instantiate(inode: Inode): void {
    this.inode = inode;
    inode.alias ??= this;
    this.rehash();
  }

  /** Takes the name out of the cache (d_drop): the next lookup asks the filesystem again. */
  drop(): void {
    if (!this.hashed) return;
    this.hashed = false;
    this.parent.children?.delete(this.name);
  }

  rehash(): void {
    if (this.parent === this) return;
    this.hashed = true;
    (this.parent.children ??= new Map()).set(this.name, this);
  }

  /** Moves this dentry to the place of `target`, which the cache forgets (d_move). */
  moveTo(target: Dentry): void {
    this.drop();
    target.drop();
    this.parent = target.parent;
    this.name = target.name;
    this.rehash();
  }

  /** Swaps the places of two dentries (d_exchange). */
  exchangeWith(other: Dentry): void {
    const { parent, name } = this;
    this.drop();
    other.drop();
    this.parent = other.parent;
    this.name = other.name;
    other.parent = parent;
    other.name = name;
    this.rehash();
    other.rehash();
  }

  /** Whether this is `ancestor` or lies below it (is_subdir). */
  isBelow(ancestor: Dentry): boolean {
    if (this === ancestor) return true;
    return this.parent !== this && this.parent.isBelow(ancestor);
  }
}

/** A dentry without a name in the cache: for tmpfile, and for objects found by their file handle. */
export function disconnectedDentry(inode: Inode): Dentry {
  const dentry = new Dentry(inode.sb, undefined, '/', inode);
  inode.alias ??= dentry;
  return dentry;
}
