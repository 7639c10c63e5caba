import type { Dentry } from '../vfs/dentry.ts';
import type { Mount, VfsPath } from '../vfs/mount.ts';

/** The mount that lies directly on a path (lookup_mnt). */
export function mountedOn({ mount, dentry }: VfsPath): Mount | undefined {
  if (dentry.mounts === 0) return undefined;
  return mount.children.find(({ mountpoint }) => mountpoint === dentry);
}

/** The root of whatever is mounted topmost on a path; the path itself where nothing is. */
export function topmost(path: VfsPath): VfsPath {
  let top = path;
  for (let mount = mountedOn(top); mount !== undefined; mount = mountedOn(top)) top = { mount, dentry: mount.root };
  return top;
}

export function hasParent(mount: Mount): boolean {
  return mount.parent !== mount;
}

/**
 * The directory that a mount lies on, up through mounts that lie on roots of others; `undefined` where `root` or the end
 * is reached before (choose_mountpoint).
 */
export function mountpointAbove(mount: Mount, root: VfsPath): VfsPath | undefined {
  let below = mount;
  while (hasParent(below)) {
    const { parent, mountpoint } = below;
    if (root.dentry === mountpoint && root.mount === parent) return undefined;
    if (mountpoint !== parent.root) return { mount: parent, dentry: mountpoint };
    below = parent;
  }
  return undefined;
}

/** Whether a path is `root` or below it, mounts included (path_is_under). */
export function isPathBelow(path: VfsPath, root: VfsPath): boolean {
  let { mount, dentry } = path;
  while (mount !== root.mount) {
    if (!hasParent(mount)) return false;
    dentry = mount.mountpoint;
    mount = mount.parent;
  }
  return dentry.isBelow(root.dentry);
}

/** A mount and all that lie on it, parents first. */
export function* mountsBelow(mount: Mount): Generator<Mount> {
  yield mount;
  for (const child of mount.children) yield* mountsBelow(child);
}

/** Puts a mount onto a directory, or file, of another. */
export function attach(mount: Mount, parent: Mount, mountpoint: Dentry): void {
  mount.parent = parent;
  mount.mountpoint = mountpoint;
  mountpoint.mounts += 1;
  parent.children.push(mount);
}

/** Takes a mount off what it lies on. */
export function detach(mount: Mount): void {
  if (!hasParent(mount)) return;
  const siblings = mount.parent.children;
  siblings.splice(siblings.indexOf(mount), 1);
  mount.mountpoint.mounts -= 1;
  mount.parent = mount;
  mount.mountpoint = mount.root;
}

/** The mount that all others of its namespace lie on. */
export function topOfNamespace(mount: Mount): Mount {
  let top = mount;
  while (hasParent(top)) top = top.parent;
  return top;
}
