import type { Statfs } from '../../host/stat.ts';
import { S_IFDIR, S_IFMT } from '../../host/constants.ts';
import { NAME_MAX } from '../../host/path.ts';
import type { UserNamespace } from '../vfs/credentials.ts';
import { Dentry, disconnectedDentry } from '../vfs/dentry.ts';
import type { FileHandle } from '../vfs/file-handle.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Kernel } from '../vfs/kernel.ts';
import type { SavedValue } from '../vfs/snapshot.ts';
import { SB_POSIXACL, Superblock, type SuperblockIdentity } from '../vfs/superblock.ts';
import { MemoryDirectory } from './directory.ts';
import type { Features } from './features.ts';
import { handleIno, inodeHandle } from './handle.ts';
import { ALL_TIMES, MemoryInode } from './inode.ts';
import type { Limits } from './limits.ts';
import { ProjectQuotas } from './project-quotas.ts';
import { saveMemory } from './save.ts';
import { MemoryStore } from './store.ts';

/** A filesystem whose inodes, names and bytes are in a volume of memfs. */
export class MemorySuperblock extends Superblock {
  readonly features: Features;
  readonly limits: Limits;
  override readonly remote: boolean;
  readonly store = new MemoryStore();
  readonly quotas = new ProjectQuotas();
  /** The highest number that was given; the root's is the first. */
  lastIno = 0;
  /** Numbers that may be given again, the lowest first. */
  readonly #free: number[] = [];
  /** What showOptions shows besides what it sees itself. */
  rootMode: number;
  rootUid = 0;
  rootGid = 0;
  noSwap = false;
  readonly #inodes = new Map<number, MemoryInode>();

  constructor(options: {
    readonly kernel: Kernel;
    readonly type: FilesystemType;
    readonly features: Features;
    readonly userNamespace: UserNamespace;
    readonly limits: Limits;
    readonly identity?: SuperblockIdentity;
  }) {
    super(options.kernel, options.type, options.userNamespace, options.identity);
    const { features } = options;
    this.features = features;
    this.limits = options.limits;
    this.remote = features.remote;
    this.rootMode = features.rootMode;
    this.blockSize = options.kernel.profile.pageSize;
    this.maxBytes = features.maxBytes;
    this.maxLinks = features.maxLinks;
    if (features.posixAcl) this.flags |= SB_POSIXACL;
  }

  get magic(): number {
    return this.features.magic;
  }

  // Inodes

  /** A new object. */
  makeInode(mode: number): MemoryInode {
    const inode = this.inodeWith(this.#takeNumber(), mode);
    inode.generation = this.kernel.randomWord();
    return inode;
  }

  #takeNumber(): number {
    const lowest = this.#free.shift();
    if (lowest !== undefined) return lowest;
    this.lastIno += 1;
    return this.lastIno;
  }

  /** An object with a number of its own. */
  inodeWith(ino: number, mode: number): MemoryInode {
    if ((mode & S_IFMT) !== S_IFDIR) return new MemoryInode(this, ino, mode);
    const place = ino === rootIno ? this.store.rootPlace : this.store.newLink(ino);
    return new MemoryDirectory(this, place, mode);
  }

  /** Makes the root directory of a fresh filesystem, owned by root unless an option says otherwise. */
  makeRoot(): void {
    const root = this.makeInode(S_IFDIR | this.rootMode);
    root.uid = this.rootUid;
    root.gid = this.rootGid;
    root.touch(ALL_TIMES);
    this.limits.takeInode();
    this.setRoot(root);
  }

  setRoot(root: MemoryInode): void {
    this.root = new Dentry(this, undefined, '/', root);
    root.alias = this.root;
  }

  enter(inode: MemoryInode): void {
    this.#inodes.set(inode.id, inode);
  }

  leave(inode: MemoryInode): void {
    this.#inodes.delete(inode.id);
    if (this.features.inodeNumbers === 'rising') return;
    const place = this.#free.findIndex((number) => number > inode.id);
    this.#free.splice(place < 0 ? this.#free.length : place, 0, inode.id);
  }

  /** After all inodes were restored: where numbers are given again, the others below the last are free. */
  findFreeNumbers(): void {
    if (this.features.inodeNumbers === 'rising') return;
    for (let number = 1; number <= this.lastIno; number += 1) {
      if (!this.#inodes.has(number)) this.#free.push(number);
    }
  }

  inodes(): Iterable<MemoryInode> {
    return this.#inodes.values();
  }

  /** The object of a number that a name leads to. */
  inodeOf(ino: number): MemoryInode {
    const inode = this.#inodes.get(ino);
    if (inode === undefined) throw new Error(`${this.type.name}: a name leads to inode ${ino}, which is gone`);
    return inode;
  }

  override inodeById(id: number): MemoryInode | null {
    return this.#inodes.get(id) ?? null;
  }

  // What statfs and mountinfo show

  override statfs(): Statfs {
    const { limits } = this;
    const halves = new BigUint64Array(this.uuid.slice().buffer);
    return {
      type: this.magic,
      bsize: this.blockSize,
      blocks: limits.maxBlocks,
      bfree: limits.maxBlocks === 0 ? 0 : limits.freeBlocks,
      bavail: limits.maxBlocks === 0 ? 0 : limits.freeBlocks,
      files: limits.maxInodes,
      ffree: limits.maxInodes === 0 ? 0 : limits.freeInodes,
      // uuid_to_fsid
      fsid: (halves[0] ?? 0n) ^ (halves[1] ?? 0n),
      namelen: NAME_MAX,
      frsize: this.blockSize,
      flags: 0,
    };
  }

  override showOptions(): string {
    if (!this.features.sizeOptions) return '';
    const defaults = defaultLimits(this.kernel);
    const { maxBlocks, maxInodes } = this.limits;
    let shown = '';
    if (maxBlocks !== defaults.maxBlocks) shown += `,size=${(maxBlocks * this.blockSize) / 1024}k`;
    if (maxInodes !== defaults.maxInodes) shown += `,nr_inodes=${maxInodes}`;
    if (this.rootMode !== this.features.rootMode) shown += `,mode=${this.rootMode.toString(8).padStart(3, '0')}`;
    if (this.rootUid !== 0) shown += `,uid=${this.rootUid}`;
    if (this.rootGid !== 0) shown += `,gid=${this.rootGid}`;
    if (this.noSwap) shown += ',noswap';
    return shown;
  }

  // File handles

  override hasFileHandles(): boolean {
    return this.features.fileHandles !== 'none';
  }

  override encodeHandle(inode: MemoryInode): FileHandle | undefined {
    return this.features.fileHandles === 'none' ? undefined : inodeHandle(this.features.fileHandles, inode);
  }

  override decodeHandle(handle: FileHandle): Dentry | null {
    const { fileHandles } = this.features;
    if (fileHandles === 'none') return null;
    const named = handleIno(fileHandles, handle);
    const inode = named === undefined ? undefined : this.#inodes.get(named.ino);
    if (inode === undefined || inode.generation !== named?.generation) return null;
    return this.#aliasOf(inode);
  }

  /** A dentry of an inode: the cached one, else that of its first name with all above it, else a nameless one. */
  #aliasOf(inode: MemoryInode): Dentry {
    if (inode.alias !== null && (inode.alias.hashed || inode.isDirectory)) return inode.alias;
    const [link] = inode.links;
    if (link?.parent === undefined) return inode.alias ?? disconnectedDentry(inode);
    const parent = this.#aliasOf(this.inodeOf(link.parent.ino));
    const cached = parent.children?.get(link.name);
    if (cached !== undefined) return cached;
    const dentry = new Dentry(this, parent, link.name, null);
    dentry.instantiate(inode);
    return dentry;
  }

  override save(): SavedValue {
    return saveMemory(this);
  }
}

const rootIno = 1;

/** Half of the memory for bytes, and as many inodes as half of it has pages (shmem_default_max_blocks, _inodes). */
export function defaultLimits(kernel: Kernel): { readonly maxBlocks: number; readonly maxInodes: number } {
  const pages = Math.floor(kernel.profile.memoryBytes / kernel.profile.pageSize);
  return { maxBlocks: Math.floor(pages / 2), maxInodes: Math.floor(pages / 2) };
}
