import type { UserNamespace } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import type { Superblock } from './superblock.ts';

/** Flags of a mount (MNT_*). */
export const MNT_NOSUID = 0x01;
export const MNT_NODEV = 0x02;
export const MNT_NOEXEC = 0x04;
export const MNT_NOATIME = 0x08;
export const MNT_NODIRATIME = 0x10;
export const MNT_RELATIME = 0x20;
export const MNT_READONLY = 0x40;
export const MNT_NOSYMFOLLOW = 0x80;
/** Those that say when access times change. */
export const MNT_ATIME_MASK = MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME;

/** A place in the tree of mounts (struct path). */
export interface VfsPath {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

/** A table of mounts (struct mnt_namespace). */
export interface MountNamespace {
  readonly id: number;
  /** In which CAP_SYS_ADMIN allows to mount. */
  readonly userNamespace: UserNamespace;
  /** Made by fsmount or open_tree for one tree that is not attached anywhere yet. */
  readonly anonymous: boolean;
}

/** One mount of a superblock (struct mount). */
export class Mount {
  /** The number in mountinfo; 0 for a private mount. */
  readonly id: number;
  readonly sb: Superblock;
  /** What the mount shows as its root. */
  readonly root: Dentry;
  /** MNT_*. */
  flags: number;
  /** The source as mountinfo shows it, a byte string. */
  source: string;
  /** The mount that this one lies on; itself where it lies on none (the root, detached and private mounts). */
  parent: Mount;
  /** Where on the parent; `root` where it lies on none. */
  mountpoint: Dentry;
  /** The mounts that lie on this one, in order of mounting. */
  readonly children: Mount[];
  /** Whose table of mounts it is part of; none for private mounts and for those that were unmounted while in use. */
  namespace: MountNamespace | undefined;
  /** Inherited from a namespace of more privileged users: must not be taken away alone (MNT_LOCKED). */
  locked: boolean;
  /** MNT_* that must stay as they are, for the same reason (MNT_LOCK_*). */
  lockedFlags: number;
  /** Must not be bound elsewhere (MS_UNBINDABLE). */
  unbindable: boolean;
  /** Marked by a first umount2(2) with MNT_EXPIRE. */
  expiring: boolean;
  /** How many open files write through it. */
  writers: number;
  /** How many filesystems hold it as a private mount. */
  holds: number;

  constructor(id: number, sb: Superblock, root: Dentry, flags: number, source: string) {
    this.id = id;
    this.sb = sb;
    this.root = root;
    this.flags = flags;
    this.source = source;
    this.parent = this;
    this.mountpoint = root;
    this.children = [];
    this.namespace = undefined;
    this.locked = false;
    this.lockedFlags = 0;
    this.unbindable = false;
    this.expiring = false;
    this.writers = 0;
    this.holds = 0;
  }

  /** Whether nothing may be written through this mount (the superblock may refuse as well). */
  get readOnly(): boolean {
    return (this.flags & MNT_READONLY) !== 0;
  }
}

/** The inode of a path that is known to be positive. */
export function pathInode(path: VfsPath): Inode {
  return positive(path.dentry);
}

/** The inode of a dentry that is known to be positive. */
export function positive(dentry: Dentry): Inode {
  if (dentry.inode === null) throw new Error(`negative dentry ${dentry.name}`);
  return dentry.inode;
}
