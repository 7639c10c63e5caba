import { Link, Node, Superblock as Volume } from '@jsonjoy.com/fs-core';

/**
 * The classes of memfs that keep bytes and names, as the memory filesystem uses them. All rules (who may, what a link count
 * is, which error) are ours, in inode.ts and directory.ts; memfs's own are switched off here where they would run as well.
 */

/** The bytes of a node, which several nodes may share until one of them writes. */
export interface SharedBytes {
  readonly bytes: Buffer;
  /** How many of them count. */
  readonly size: number;
}

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
  share(): SharedBytes {
    this.#shared = true;
    const size = this.getSize();
    // What memfs has allocated beyond the size is whatever was in memory before: no part of a machine.
    return { bytes: this.buf.subarray(0, size), size };
  }

  /** Takes bytes that others have as well. */
  adopt({ bytes, size }: SharedBytes): void {
    Object.assign(this, { buf: bytes, capacity: bytes.length, size });
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
    this.length = this.children.size;
  }

  detach(link: MemoryLink): void {
    if (this.children.get(link.name) === link) this.children.delete(link.name);
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
  entries(): MemoryLink[] {
    return [...this.children.values()] as MemoryLink[];
  }
}

/** The first position after those of `.` and `..` and the one that says "the first entry". */
const firstPosition = 3;

/** One memfs volume: the table of nodes, numbered from 1 (the root) and never again with the same number. */
export class MemoryStore extends Volume {
  readonly rootNode: MemoryNode;
  readonly rootLink: MemoryLink;

  constructor() {
    super();
    const node = this.root.getNode();
    if (!(node instanceof MemoryNode && this.root instanceof MemoryLink)) throw new Error('memfs made another root');
    this.rootNode = node;
    this.rootLink = this.root;
    // memfs enters `.` and `..` as if they were names.
    this.root.children.clear();
    this.root.length = 0;
  }

  override createNode(mode: number): MemoryNode {
    this.ino += 1;
    return this.restoreNode(this.ino, mode);
  }

  override createLink(): MemoryLink {
    return new MemoryLink(this, undefined, '/');
  }

  /** A node with the number that it had before: for a restored filesystem. */
  restoreNode(ino: number, mode: number): MemoryNode {
    const node = new MemoryNode(ino, mode, 0, 0);
    this.inodes[ino] = node;
    return node;
  }

  /** A link for a new name or directory, of which `node` holds the bytes. */
  newLink(node: Node): MemoryLink {
    const link = this.createLink();
    link.setNode(node);
    return link;
  }

  forget(node: Node): void {
    Reflect.deleteProperty(this.inodes, node.ino);
  }
}
