import { errno } from '../../host/errno.ts';
import { CAP_SYS_ADMIN, capable, nsCapable } from '../vfs/credentials.ts';
import type { FsContext, FsContextOperations } from '../vfs/fs-context.ts';
import { pathInode, type Mount, type VfsPath } from '../vfs/mount.ts';
import { isAtLeast } from '../vfs/release.ts';
import { hasParent, topmost } from './mount-tree.ts';
import type { Process } from './process.ts';

/** What mount(2) and the new mount API do to the table of mounts (fs/namespace.c). Answers are 0 or a negative errno. */

/** Whether the process may change its mount namespace at all. */
export function mayMount(process: Process): boolean {
  return nsCapable(process.cred, process.namespace.userNamespace, CAP_SYS_ADMIN);
}

/** Whether the filesystem may be mounted by whoever opened the context (mount_capable). */
export function mountCapable({
  kernel,
  type: { userNamespaceMount: allowed },
  cred,
  userNamespace,
}: FsContext): boolean {
  const forAll = typeof allowed === 'boolean' ? allowed : isAtLeast(kernel.profile.release, allowed);
  return forAll ? nsCapable(cred, userNamespace, CAP_SYS_ADMIN) : capable(cred, CAP_SYS_ADMIN);
}

/** Has the filesystem make its superblock, and a mount of it that lies nowhere yet. */
export function makeTree(process: Process, context: FsContext, operations: FsContextOperations): Mount | number {
  const answer = operations.getTree(context);
  if (answer < 0) return answer;
  if (context.root === undefined) throw new Error(`${context.type.name}: getTree made no root`);
  return process.machine.mounts.create(context.root.sb, context.root, 0, context.source ?? 'none');
}

/** Puts a new mount onto a path; it goes again where that cannot be (do_add_mount). */
export function addMount(process: Process, tree: Mount, path: VfsPath, flags: number): number {
  tree.flags = flags;
  return orForget(process, tree, attachNew(process, tree, topmost(path)));
}

function attachNew(process: Process, tree: Mount, path: VfsPath): number {
  const place = checkPlace(process, path);
  if (place < 0) return place;
  if (path.mount.sb === tree.sb && path.dentry === path.mount.root) return -errno.EBUSY;
  if (pathInode({ mount: tree, dentry: tree.root }).isSymlink) return -errno.EINVAL;
  return graft(process, tree, path);
}

/** Whether something can be mounted on a path: not on what was removed or unmounted, nor outside of the namespace. */
function checkPlace(process: Process, { mount, dentry }: VfsPath): number {
  if (dentry.unlinked || dentry.inode?.dead === true || mount.namespace === undefined) return -errno.ENOENT;
  return mount.namespace === process.namespace ? 0 : -errno.EINVAL;
}

/** A directory covers a directory only (graft_tree, R26). */
function graft(process: Process, tree: Mount, path: VfsPath): number {
  if (pathInode(path).isDirectory !== pathInode({ mount: tree, dentry: tree.root }).isDirectory) return -errno.ENOTDIR;
  if (showsRemoved(tree)) return -errno.ENOENT;
  process.machine.mounts.graft(tree, path);
  return 0;
}

/** Whether what a tree shows first was removed: Linux prepares it to be mounted on, which it cannot be (attach_recursive_mnt). */
function showsRemoved(tree: Mount): boolean {
  return topmost({ mount: tree, dentry: tree.root }).dentry.unlinked;
}

/** A mount that could not be put anywhere is given up. */
function orForget(process: Process, tree: Mount, answer: number): number {
  if (answer < 0) process.machine.mounts.unmountTree(tree);
  return answer;
}

/** Mounts what is at `from` on `to` as well (do_loopback): `tree` with all that lies on it. */
export function bindMount(process: Process, from: VfsPath, to: VfsPath, what: 'mount' | 'tree'): number {
  const place = topmost(to);
  const allowed = checkPlace(process, place);
  if (allowed < 0) return allowed;
  const copy = copyOf(process, from, what);
  return typeof copy === 'number' ? copy : orForget(process, copy, graft(process, copy, place));
}

/** __do_loopback. */
export function copyOf(process: Process, { mount, dentry }: VfsPath, what: 'mount' | 'tree'): Mount | number {
  if (mount.unbindable) return -errno.EINVAL;
  const rootOfAnonymous = mount.namespace?.anonymous === true && !hasParent(mount);
  if (mount.namespace !== process.namespace && !rootOfAnonymous) return -errno.EINVAL;
  const { mounts } = process.machine;
  if (what === 'tree') return mounts.cloneTree(mount, dentry);
  if (mount.children.some((child) => child.locked && child.mountpoint.isBelow(dentry))) return -errno.EINVAL;
  return mounts.clone(mount, dentry);
}

/** Moves a mount, or a detached tree, onto a path (do_move_mount). */
export function moveMount(process: Process, from: VfsPath, to: VfsPath): number {
  const place = topmost(to);
  const allowed = checkPlace(process, place);
  if (allowed < 0) return allowed;
  const tree = from.mount;
  const attached = hasParent(tree);
  if (tree.namespace === undefined || tree.locked || from.dentry !== tree.root) return -errno.EINVAL;
  if (attached ? tree.namespace !== process.namespace : !tree.namespace.anonymous) return -errno.EINVAL;
  if (pathInode(place).isDirectory !== pathInode(from).isDirectory) return -errno.EINVAL;
  for (let above = place.mount; ; above = above.parent) {
    if (above === tree) return -errno.ELOOP;
    if (!hasParent(above)) break;
  }
  if (showsRemoved(tree)) return -errno.ENOENT;
  process.machine.mounts.move(tree, place);
  return 0;
}
