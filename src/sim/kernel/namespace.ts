import { errno } from '../../host/errno.ts';
import { CAP_SYS_ADMIN, nsCapable, type Credentials, type UserNamespace } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import {
  MNT_ATIME_MASK,
  MNT_NODEV,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_READONLY,
  Mount,
  type MountNamespace,
  type VfsPath,
} from '../vfs/mount.ts';
import type { Superblock } from '../vfs/superblock.ts';
import { attach, detach, hasParent, mountsBelow } from './mount-tree.ts';

/** Who can tell whether a mount is in use. */
export interface MountUsers {
  /** Whether a process stands on the mount or holds a file of it open. */
  usesMount(mount: Mount): boolean;
}

/** All mounts of a machine, in all namespaces and in none (fs/namespace.c). */
export class MountTable {
  /** In order of making. */
  readonly #mounts = new Set<Mount>();
  readonly #ids = new Set<number>();
  readonly #superblocks = new Set<Superblock>();
  readonly #users: MountUsers;
  #lastNamespace = 0;

  constructor(users: MountUsers) {
    this.#users = users;
  }

  get mounts(): Iterable<Mount> {
    return this.#mounts;
  }

  /** All superblocks, in order of creation. */
  get superblocks(): readonly Superblock[] {
    return [...this.#superblocks].sort((a, b) => a.id - b.id);
  }

  newNamespace(userNamespace: UserNamespace, kind: 'anonymous' | 'named'): MountNamespace {
    this.#lastNamespace += 1;
    return { id: this.#lastNamespace, userNamespace, anonymous: kind === 'anonymous' };
  }

  /** Brings back a namespace with the number that it had. */
  restoreNamespace(namespace: MountNamespace): MountNamespace {
    this.#lastNamespace = Math.max(this.#lastNamespace, namespace.id);
    return namespace;
  }

  /** A mount of a superblock that lies nowhere yet. */
  create(sb: Superblock, root: Dentry, flags: number, source: string): Mount {
    return this.add(new Mount(this.#freeId(), sb, root, flags, source));
  }

  add(mount: Mount): Mount {
    this.#mounts.add(mount);
    this.#ids.add(mount.id);
    this.#superblocks.add(mount.sb);
    mount.sb.mounts.add(mount);
    return mount;
  }

  /** The lowest number that no mount has. */
  #freeId(): number {
    let id = 1;
    while (this.#ids.has(id)) id += 1;
    return id;
  }

  /** Another mount of the same tree, from `root` on (clone_mnt). */
  clone(mount: Mount, root: Dentry): Mount {
    const copy = this.create(mount.sb, root, mount.flags, mount.source);
    copy.unbindable = mount.unbindable;
    copy.lockedFlags = mount.lockedFlags;
    return copy;
  }

  /** A mount and all that can be bound of what lies on it below `root` (copy_tree). */
  cloneTree(mount: Mount, root: Dentry): Mount | number {
    return hidesByUnbindable(mount, root) ? -errno.EPERM : this.#cloneTree(mount, root);
  }

  #cloneTree(mount: Mount, root: Dentry): Mount {
    const copy = this.clone(mount, root);
    for (const child of mount.children) {
      if (child.unbindable || !child.mountpoint.isBelow(root)) continue;
      const copied = this.#cloneTree(child, child.root);
      copied.locked = child.locked;
      attach(copied, copy, child.mountpoint);
    }
    return copy;
  }

  /**
   * A private mount for a filesystem that is built over others (clone_private_mount): EINVAL for what cannot be bound, or is
   * no part of the caller's namespace.
   */
  clonePrivate(path: VfsPath, cred: Credentials, namespace: MountNamespace): Mount | number {
    const { mount, dentry } = path;
    if (mount.unbindable) return -errno.EINVAL;
    const rootOfAnonymous = mount.namespace?.anonymous === true && !hasParent(mount);
    if (mount.namespace === undefined || (mount.namespace !== namespace && !rootOfAnonymous)) return -errno.EINVAL;
    if (!nsCapable(cred, mount.namespace.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
    if (mount.children.some((child) => child.locked && child.mountpoint.isBelow(dentry))) return -errno.EINVAL;
    const copy = this.clone(mount, dentry);
    copy.holds = 1;
    return copy;
  }

  releasePrivate(mount: Mount): void {
    mount.holds -= 1;
    this.reap(mount);
  }

  /** Puts a tree of mounts into a namespace, onto a path of it. */
  graft(tree: Mount, path: VfsPath): void {
    for (const mount of mountsBelow(tree)) mount.namespace = path.mount.namespace;
    attach(tree, path.mount, path.dentry);
  }

  /** Takes a tree from where it lies and puts it onto a path. */
  move(tree: Mount, path: VfsPath): void {
    detach(tree);
    this.graft(tree, path);
  }

  /** Whether a mount cannot be unmounted but lazily (propagate_mount_busy). */
  isBusy(mount: Mount): boolean {
    return mount.children.length > 0 || this.#users.usesMount(mount);
  }

  /** Takes a mount and all that lies on it out of its namespace; those in use live on until their last user goes. */
  unmountTree(tree: Mount): void {
    const gone = [...mountsBelow(tree)];
    for (const mount of gone.toReversed()) {
      detach(mount);
      mount.namespace = undefined;
    }
    for (const mount of gone) this.reap(mount);
  }

  /** To be called when a user of a mount has gone: one that is in no namespace goes with its last user. */
  reap(mount: Mount): void {
    if (mount.namespace !== undefined || mount.holds > 0 || !this.#mounts.has(mount)) return;
    if (this.#users.usesMount(mount)) return;
    this.#mounts.delete(mount);
    this.#ids.delete(mount.id);
    const { sb } = mount;
    sb.mounts.delete(mount);
    if (sb.mounts.size > 0) return;
    this.#superblocks.delete(sb);
    sb.putSuper();
  }

  /**
   * A copy of all mounts of a namespace for another (copy_mnt_ns), with the copy of each. Where the users of the new one are
   * less privileged, nothing in it may be taken away to see what lies below.
   */
  copyNamespace(root: Mount, userNamespace: UserNamespace): { readonly copies: ReadonlyMap<Mount, Mount> } {
    const namespace = this.newNamespace(userNamespace, 'named');
    const locked = root.namespace?.userNamespace !== userNamespace;
    const copies = new Map<Mount, Mount>();
    for (const mount of mountsBelow(root)) {
      const copy = this.clone(mount, mount.root);
      copy.namespace = namespace;
      copy.locked = mount.locked || (locked && hasParent(mount));
      if (locked) copy.lockedFlags |= MNT_ATIME_MASK | (mount.flags & restrictions);
      const parent = copies.get(mount.parent);
      if (parent !== undefined) attach(copy, parent, mount.mountpoint);
      copies.set(mount, copy);
    }
    return { copies };
  }
}

/** What the users of a mount may not do, and less privileged ones may not permit themselves. */
const restrictions = MNT_READONLY | MNT_NODEV | MNT_NOSUID | MNT_NOEXEC;

/** Whether what is bound would lack a mount that must not be taken away. */
function hidesByUnbindable(mount: Mount, root: Dentry): boolean {
  return mount.children.some((child) => {
    if (!child.mountpoint.isBelow(root)) return false;
    return child.unbindable ? child.locked : hidesByUnbindable(child, child.root);
  });
}
