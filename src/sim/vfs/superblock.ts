import type { Statfs } from '../../host/stat.ts';
import type { UserNamespace } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import type { FilesystemType } from './filesystem-type.ts';
import type { FileHandle } from './file-handle.ts';
import type { Inode } from './inode.ts';
import type { Kernel } from './kernel.ts';
import type { Mount } from './mount.ts';
import type { Loader, Saver, SavedValue } from './snapshot.ts';

/** Flags of a superblock (SB_*). */
export const SB_RDONLY = 1;
export const SB_SYNCHRONOUS = 16;
export const SB_MANDLOCK = 64;
export const SB_DIRSYNC = 128;
export const SB_POSIXACL = 1 << 16;
export const SB_LAZYTIME = 1 << 25;
/** Those that a mount may ask for and that every filesystem keeps. */
export const SB_REQUESTED = SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_LAZYTIME;

/** The largest size of a file where the filesystem sets no other limit (MAX_LFS_FILESIZE, 2^63 - 1: the same double). */
const MAX_LFS_FILESIZE = 2 ** 63;

/**
 * One filesystem instance (struct super_block with its operations). A filesystem type extends it; a mount makes one, and
 * the last mount that goes takes it down.
 */
export abstract class Superblock {
  readonly kernel: Kernel;
  readonly type: FilesystemType;
  /** In order of creation; a superblock that is built over others has a higher number than they. */
  readonly id: number;
  /** st_dev. */
  readonly dev: number;
  /** The namespace in which capabilities over this filesystem count (s_user_ns). */
  readonly userNamespace: UserNamespace;
  /** SB_*. */
  flags = 0;
  /** The magic number that statfs answers. */
  abstract readonly magic: number;
  /** Bytes. */
  blockSize = 4096;
  /** The largest size of a file in bytes. */
  maxBytes = MAX_LFS_FILESIZE;
  /** The most links to one inode, 0 for no limit (s_max_links). */
  maxLinks = 0;
  /** How many stacked filesystems are below (s_stack_depth); FILESYSTEM_MAX_STACK_DEPTH is the limit. */
  stackDepth = 0;
  /** Sixteen bytes; all zero where the filesystem has no UUID. */
  uuid = new Uint8Array(16);
  /** No device nodes may be opened here: so with all filesystems of a user namespace but the first (SB_I_NODEV). */
  readonly noDevices: boolean;
  /** A filesystem whose names may change behind our back, so that its names are not trusted as layers (DCACHE_OP_* flags). */
  readonly remote: boolean = false;
  /** A rename between two directories is looking its names up (s_vfs_rename_mutex): no directory can be moved meanwhile. */
  renameLocked = false;
  /** All mounts of it: attached, detached and private ones. */
  readonly mounts = new Set<Mount>();
  #root: Dentry | undefined;

  /** `identity`: of a superblock that is restored, which keeps its numbers. */
  constructor(kernel: Kernel, type: FilesystemType, userNamespace: UserNamespace, identity?: SuperblockIdentity) {
    this.kernel = kernel;
    this.type = type;
    this.userNamespace = userNamespace;
    this.noDevices = userNamespace.parent !== undefined;
    this.id = identity?.id ?? kernel.nextSuperblockId();
    this.dev = identity?.dev ?? kernel.takeAnonymousDevice();
  }

  /** The dentry of the root directory (s_root). */
  get root(): Dentry {
    if (this.#root === undefined) throw new Error(`${this.type.name}: no root yet`);
    return this.#root;
  }

  set root(dentry: Dentry) {
    this.#root = dentry;
  }

  get readOnly(): boolean {
    return (this.flags & SB_RDONLY) !== 0;
  }

  /** statfs(2) on `dentry`; the flags of mount and superblock (ST_*) are added by the caller. */
  abstract statfs(dentry: Dentry): Statfs | number;

  /**
   * The options of mountinfo after `rw` or `ro`, each with a comma before it: `,size=1024k` (show_options). Comma, space, tab,
   * newline and backslash within a value are octal escapes, as seq_show_option writes them.
   */
  showOptions(): string {
    return '';
  }

  /** sync(2) of this filesystem: 0, or an errno. */
  syncFs(): number {
    return 0;
  }

  /** The last mount is gone (kill_sb). Gives back what the superblock holds of others. */
  putSuper(): void {
    this.kernel.freeAnonymousDevice(this.dev);
  }

  /** Whether objects have file handles that can be decoded again (s_export_op with fh_to_dentry). */
  hasFileHandles(): boolean {
    return false;
  }

  /** The handle of an inode (encode_fh), `undefined` where the filesystem has none. */
  encodeHandle(_inode: Inode): FileHandle | undefined {
    return undefined;
  }

  /**
   * The dentry of a handle (fh_to_dentry): a connected one for a directory, any alias for other objects, `null` where the
   * object is gone. Whoever asks decides what a stale handle is.
   */
  decodeHandle(_handle: FileHandle): Dentry | null {
    return null;
  }

  /** What must be kept of this superblock and its inodes, as plain data. */
  abstract save(saver: Saver): SavedValue;

  /** The inode with this `id` of a superblock that was just restored, for the dentries that lead to it. */
  abstract inodeById(id: number): Inode | null;

  /** What must be kept of a dentry besides its name, parent and inode. */
  saveDentry(_dentry: Dentry, _saver: Saver): SavedValue | undefined {
    return undefined;
  }

  restoreDentry(_dentry: Dentry, _saved: SavedValue, _loader: Loader): void {
    // Nothing is kept with the names of most filesystems.
  }
}

/** What tells a restored superblock from a new one: it keeps its numbers. */
export interface SuperblockIdentity {
  readonly id: number;
  readonly dev: number;
  readonly userNamespace: UserNamespace;
}

export const FILESYSTEM_MAX_STACK_DEPTH = 2;
