import { filesystemMagic } from '../../host/filesystem-magic.ts';
import type { Statfs } from '../../host/stat.ts';
import { credentials, type Credentials, type UserNamespace } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Inode } from '../vfs/inode.ts';
import type { Kernel } from '../vfs/kernel.ts';
import { positive } from '../vfs/mount.ts';
import type { Loader, Saver, SavedValue } from '../vfs/snapshot.ts';
import { SB_POSIXACL, Superblock, type SuperblockIdentity } from '../vfs/superblock.ts';
import { aufsInode, partOf, type AufsInode } from './aufs-inode.ts';
import { restorePart, savePart, type Branch, type Part, type SavedPart } from './branch.ts';
import { InodeNumbers } from './inode-numbers.ts';
import { longestName } from './names.ts';
import { showOptions, type AufsOptions } from './options.ts';

/** The parts of aufs that are above the superblock, so that what is below need not know them. */
export interface AufsFactory {
  /** An inode of the class that a mode calls for, without parts yet. */
  newInode(sb: AufsSuperblock, id: number, mode: number): AufsInode;
  save(sb: AufsSuperblock, saver: Saver): SavedValue;
}

/** One union (struct super_block with struct au_sbinfo). */
export class AufsSuperblock extends Superblock {
  readonly magic = filesystemMagic.aufs;
  /** It looks names up anew each time, for branches may be changed from outside. */
  override readonly remote = true;
  readonly factory: AufsFactory;
  /** What tells this union from others, in hexadecimal: its name in /sys/fs/aufs. */
  readonly si: string;
  #options: AufsOptions;
  /** From the top down. */
  readonly branches: Branch[] = [];
  readonly numbers: InodeNumbers;
  /** Files that were copied up under one of several names: the others are still below. */
  readonly pseudoLinked = new Set<AufsInode>();
  /** What aufs does for itself is done as the kernel. */
  readonly kernelCredentials: Credentials;
  readonly #inodes = new Map<number, AufsInode>();
  #lastInodeId = 0;
  #lastTemporary = 0;

  constructor(made: {
    readonly kernel: Kernel;
    readonly type: FilesystemType;
    readonly factory: AufsFactory;
    readonly userNamespace: UserNamespace;
    readonly si: string;
    readonly options: AufsOptions;
    readonly identity?: SuperblockIdentity;
  }) {
    super(made.kernel, made.type, made.userNamespace, made.identity);
    this.factory = made.factory;
    this.si = made.si;
    this.#options = made.options;
    this.options = made.options;
    this.numbers = new InodeNumbers(made.options.xino === undefined ? 'not kept' : 'kept');
    this.kernelCredentials = credentials(0, 0, [], made.kernel.initialUserNamespace);
    this.stackDepth = 1;
  }

  get options(): AufsOptions {
    return this.#options;
  }

  set options(options: AufsOptions) {
    this.#options = options;
    this.flags = options.acl ? this.flags | SB_POSIXACL : this.flags & ~SB_POSIXACL;
  }

  /** Adds the next branch below the others. */
  append(branch: Branch): void {
    this.branches.push(branch);
    if (branch.index === 0) this.maxBytes = branch.mount.sb.maxBytes;
  }

  /** The one branch that is written to. */
  get writableBranch(): Branch | undefined {
    return this.branches.find(({ writable, mount }) => writable && !mount.sb.readOnly);
  }

  get hasPseudoLinks(): boolean {
    return this.options.plink;
  }

  nextTemporary(): number {
    this.#lastTemporary += 1;
    return this.#lastTemporary;
  }

  // Inodes

  /** The inode of a number, if something still uses it. */
  inodeOf(ino: number): AufsInode | undefined {
    const inode = this.#inodes.get(ino);
    if (inode === undefined || inode.inUse) return inode;
    this.#inodes.delete(ino);
    return undefined;
  }

  newInode(ino: number, real: Inode): AufsInode {
    const inode = this.factory.newInode(this, this.nextInodeId(), real.mode);
    inode.ino = ino;
    this.#inodes.set(ino, inode);
    return inode;
  }

  nextInodeId(): number {
    this.#lastInodeId += 1;
    return this.#lastInodeId;
  }

  /** Notes that a branch's object is that of an inode. */
  enter(inode: AufsInode, part: Part): void {
    this.numbers.assign(positive(part.dentry), inode.ino);
  }

  /** The inode is gone; if all its names are, its number is free. */
  forget(inode: AufsInode): void {
    if (this.#inodes.get(inode.ino) === inode) this.#inodes.delete(inode.ino);
    this.pseudoLinked.delete(inode);
    if (!inode.removed) return;
    for (const { dentry } of inode.parts) if (dentry.inode !== null) this.numbers.forget(dentry.inode);
    this.numbers.giveBack(inode.ino);
  }

  inodesInUse(): readonly AufsInode[] {
    return [...this.#inodes.values()].filter((inode) => inode.inUse);
  }

  override inodeById(id: number): Inode | null {
    for (const inode of this.#inodes.values()) if (inode.id === id) return inode;
    return null;
  }

  // Restoring

  get counters(): { readonly inode: number; readonly temporary: number } {
    return { inode: this.#lastInodeId, temporary: this.#lastTemporary };
  }

  set counters({ inode, temporary }: { readonly inode: number; readonly temporary: number }) {
    this.#lastInodeId = inode;
    this.#lastTemporary = temporary;
  }

  restoreInode(inode: AufsInode): void {
    this.#inodes.set(inode.ino, inode);
  }

  // What it shows

  /** Of the topmost branch. */
  override statfs(): Statfs | number {
    const { mount, dentry } = aufsInode(this.root).top;
    const below = mount.sb.statfs(dentry);
    return typeof below === 'number' ? below : { ...below, type: this.magic, namelen: longestName, fsid: 0n };
  }

  override showOptions(): string {
    return showOptions(this.options, this.si);
  }

  // Life

  override syncFs(): number {
    for (const { writable, mount } of this.branches) {
      const answer = writable ? mount.sb.syncFs() : 0;
      if (answer < 0) return answer;
    }
    return 0;
  }

  override putSuper(): void {
    this.pseudoLinked.clear();
    for (const { mount } of this.branches) this.kernel.releasePrivateMount(mount);
    super.putSuper();
  }

  override save(saver: Saver): SavedValue {
    return this.factory.save(this, saver);
  }

  override saveDentry(dentry: Dentry, saver: Saver): SavedValue | undefined {
    return dentry.inode === null ? undefined : savePart(partOf(dentry), saver);
  }

  override restoreDentry(dentry: Dentry, saved: SavedValue, loader: Loader): void {
    aufsInode(dentry).restoreName(dentry, restorePart(this.branches, saved as SavedPart, loader));
  }

  log(message: string): void {
    this.kernel.log(`aufs ${message}`);
  }
}
