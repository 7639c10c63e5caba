import { Link, Node, Superblock as Volume } from '@jsonjoy.com/fs-core';

/**
 * The classes of memfs that keep bytes and names, as the memory filesystem uses them. All rules (who may, what a link count
 * is, which error) are ours, in inode.ts and directory.ts; memfs's own are switched off here where they would run as well.
 */

/** memfs's store of bytes, which can be shared with the nodes of a clone. */
export class MemoryNode extends Node {
  #shared = false;

  /** memfs sets its own times and tells its own listeners: the clock here is the machine's. */
  override touch(): void {
    // Nothing to do.
  }

  override write(bytes: Buffer, offset?: number, length?: number, position?: number): number {
    this.#unshare();
    return super.write(bytes, offset, length, position);
  }

  override truncate(length = 0): void {
    if (length > this.getSize()) this.#unshare();
    super.truncate(length);
  }

  /** The bytes, which must not be written to by anybody from now on; this node will copy them before it writes. */
  share(): Buffer {
    this.#shared = true;
    return this.buf.subarray(0, this.getSize());
  }

  /** Takes bytes that others have as well. */
  adopt(bytes: Buffer): void {
    Object.assign(this, { buf: bytes, capacity: bytes.length, size: bytes.length });
    this.#shared = true;
  }

  #unshare(): void {
    if (!this.#shared) return;
    this.#shared = false;
    this.setBuffer(this.buf.subarray(0, this.getSize()));
  }
}

/** memfs's store of names: a directory's place in the tree, or one name of an object that is none. */
export class MemoryLink extends Link {
  /** The position of this name in its directory, for getdents64; only grows within a directory. */
  position = 0;
  /** The position that the next name in this directory gets. */
  nextPosition = firstPosition;

  #newestFirst: readonly MemoryLink[] | undefined;
  #inOrder: readonly MemoryLink[] | undefined;

  /** memfs keeps each link's whole path, at the cost of every rename of a directory. */
  override syncSteps(): void {
    // Nothing to do.
  }

  override getName(): string {
    return this.name;
  }

  /** Puts `link` under `name` as the newest entry. */
  attach(name: string, link: MemoryLink, position: number): void {
    link.name = name;
    link.parent = this;
    link.position = position;
    this.children.delete(name);
    this.children.set(name, link);
    this.#newestFirst = undefined;
    this.#inOrder = undefined;
    this.length = this.children.size;
  }

  detach(link: MemoryLink): void {
    if (this.children.get(link.name) === link) this.children.delete(link.name);
    this.#newestFirst = undefined;
    this.#inOrder = undefined;
    this.length = this.children.size;
  }

  /** The next position for a name. */
  takePosition(): number {
    const position = this.nextPosition;
    this.nextPosition += 1;
    return position;
  }

  child(name: string): MemoryLink | undefined {
    return this.children.get(name) as MemoryLink | undefined;
  }

  /** The entries, in the order in which they were attached. */
  entries(): readonly MemoryLink[] {
    return [...this.children.values()] as MemoryLink[];
  }

  /** The entries by their positions, the lowest first. */
  inOrder(): readonly MemoryLink[] {
    return (this.#inOrder ??= this.entries().toSorted((one, other) => one.position - other.position));
  }

  /** The entries, the newest first. */
  newestFirst(): readonly MemoryLink[] {
    return (this.#newestFirst ??= this.entries().toReversed());
  }
}

/** The first position after those of `.` and `..` and the one that says "the first entry". */
const firstPosition = 3;

/**
 * One memfs volume. Its root link is the root directory's place, other links are made for names and directories as they
 * appear, nodes for files as they are written to: what a memfs node costs is too much for inodes without bytes.
 */
export class MemoryStore extends Volume {
  readonly rootPlace: MemoryLink;

  constructor() {
    super();
    if (!(this.root instanceof MemoryLink)) throw new Error('memfs made another root');
    this.rootPlace = this.root;
    // memfs enters `.` and `..` as if they were names.
    this.root.children.clear();
    this.root.length = 0;
  }

  override createNode(mode: number): MemoryNode {
    return new MemoryNode(1, mode, 0, 0);
  }

  override createLink(): MemoryLink {
    return new MemoryLink(this, undefined, '/');
  }

  /** A link that leads to an inode: a name of it, or a directory's place. */
  newLink(ino: number): MemoryLink {
    const link = this.createLink();
    link.ino = ino;
    return link;
  }
}
