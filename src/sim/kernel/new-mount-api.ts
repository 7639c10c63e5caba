import { errno } from '../../host/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  FSPICK_CLOEXEC,
  FSPICK_EMPTY_PATH,
  FSPICK_NO_AUTOMOUNT,
  FSPICK_SYMLINK_NOFOLLOW,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  O_PATH,
  O_RDWR,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from '../../host/constants.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import {
  MNT_NOATIME,
  MNT_NODEV,
  MNT_NODIRATIME,
  MNT_NOEXEC,
  MNT_NOSUID,
  MNT_NOSYMFOLLOW,
  MNT_READONLY,
  MNT_RELATIME,
  type Mount,
  type VfsPath,
} from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { FsContextFile, type FsConfigArguments } from './fs-context-file.ts';
import { copyOf, mayMount, moveMount as moveMountTo } from './mounting.ts';
import { mountsBelow } from './mount-tree.ts';
import type { Process } from './process.ts';
import { lookupOf } from './stat.ts';
import { Walk } from './walk.ts';

/** fsopen(2), fspick(2), fsconfig(2), fsmount(2), move_mount(2), open_tree(2) (fs/fsopen.c, fs/namespace.c). */

const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_MASK = 0x377;
const MOVE_MOUNT_F_SYMLINKS = 0x1;
const MOVE_MOUNT_T_SYMLINKS = 0x10;
const MOVE_MOUNT_SET_GROUP = 0x100;
const MOVE_MOUNT_BENEATH = 0x200;

export function fsopen(process: Process, name: string, flags: number): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  if (!mayMount(process)) return -errno.EPERM;
  if ((flags & ~FSOPEN_CLOEXEC) !== 0) return -errno.EINVAL;
  const type = process.machine.filesystemType(name);
  if (type === undefined) return -errno.ENODEV;
  return openContext(process, new FsContextFile(process.machine, process.cred, type, undefined));
}

export function fspick(process: Process, dirfd: number, path: string, flags: number): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  if (!mayMount(process)) return -errno.EPERM;
  const known = FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH;
  if ((flags & ~known) !== 0) return -errno.EINVAL;
  const follow = (flags & FSPICK_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0;
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, (flags & FSPICK_EMPTY_PATH) !== 0 ? follow | LOOKUP_EMPTY : follow);
  if (answer < 0) return answer;
  if (walk.mount.root !== walk.dentry) return -errno.EINVAL;
  return openContext(process, new FsContextFile(process.machine, process.cred, walk.mount.sb.type, walk.dentry));
}

function openContext(process: Process, context: FsContextFile): number {
  return process.descriptors.add(process.machine.anonymous.open(process.cred, O_RDWR, context));
}

export function fsconfig(process: Process, fd: number, given: FsConfigArguments): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  if (fd < 0) return -errno.EINVAL;
  const checked = FsContextFile.check(given);
  if (checked < 0) return checked;
  const context = contextOf(process, fd);
  return typeof context === 'number' ? context : context.configure(process, given);
}

function contextOf(process: Process, fd: number): FsContextFile | number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  return file.ops instanceof FsContextFile ? file.ops : -errno.EINVAL;
}

/** The lines that a context collected, which are thereby taken from it. */
export function fsmessages(process: Process, fd: number): readonly string[] {
  const context = contextOf(process, fd);
  return typeof context === 'number' ? [] : context.takeMessages();
}

const attributes = [
  [0x01, MNT_READONLY],
  [0x02, MNT_NOSUID],
  [0x04, MNT_NODEV],
  [0x08, MNT_NOEXEC],
  [0x80, MNT_NODIRATIME],
  [0x200000, MNT_NOSYMFOLLOW],
] as const;

/** MOUNT_ATTR__ATIME: relatime, noatime, strictatime. */
const atimeMask = 0x70;
const atimeModes = new Map([
  [0x00, MNT_RELATIME],
  [0x10, MNT_NOATIME],
  [0x20, 0],
]);

const knownAttributes = attributes.reduce((known, [attribute]) => known | attribute, atimeMask);

export function fsmount(process: Process, fd: number, flags: number, asked: number): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  if (!mayMount(process)) return -errno.EPERM;
  if ((flags & ~FSMOUNT_CLOEXEC) !== 0) return -errno.EINVAL;
  let mountFlags = atimeModes.get(asked & atimeMask);
  if (mountFlags === undefined || (asked & ~knownAttributes) !== 0) return -errno.EINVAL;
  for (const [attribute, flag] of attributes) if ((asked & attribute) !== 0) mountFlags |= flag;
  const context = contextOf(process, fd);
  if (typeof context === 'number') return context;
  const tree = context.takeTree();
  if (typeof tree === 'number') return tree;
  tree.flags = mountFlags;
  return openDetached(process, tree);
}

/** A descriptor for a tree of mounts that lies nowhere; closing it takes the tree down. */
function openDetached(process: Process, tree: Mount): number {
  const namespace = process.machine.mounts.newNamespace(process.cred.userNamespace, 'anonymous');
  for (const mount of mountsBelow(tree)) mount.namespace = namespace;
  const file = openPath(process.cred, { mount: tree, dentry: tree.root }, O_PATH);
  if (typeof file === 'number') return file;
  file.dissolvesMount = true;
  return addFile(process, file);
}

function addFile(process: Process, file: OpenFile): number {
  const fd = process.descriptors.add(file);
  if (fd < 0) closeFile(file);
  return fd;
}

export function moveMount(
  process: Process,
  fromDirfd: number,
  from: string,
  toDirfd: number,
  to: string,
  flags: number,
): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  if (!mayMount(process)) return -errno.EPERM;
  if ((flags & ~MOVE_MOUNT_MASK) !== 0) return -errno.EINVAL;
  // All mounts are private here, so there are no groups to join; mounting beneath another is not modelled.
  if ((flags & (MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_BENEATH)) !== 0) return -errno.EINVAL;
  const target = place(process, toDirfd, to, {
    follow: (flags & MOVE_MOUNT_T_SYMLINKS) !== 0,
    empty: (flags & MOVE_MOUNT_T_EMPTY_PATH) !== 0,
  });
  if (typeof target === 'number') return target;
  const source = place(process, fromDirfd, from, {
    follow: (flags & MOVE_MOUNT_F_SYMLINKS) !== 0,
    empty: (flags & MOVE_MOUNT_F_EMPTY_PATH) !== 0,
  });
  return typeof source === 'number' ? source : moveMountTo(process, source, target);
}

function place(
  process: Process,
  dirfd: number,
  path: string,
  { follow, empty }: { readonly follow: boolean; readonly empty: boolean },
): VfsPath | number {
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, (follow ? LOOKUP_FOLLOW : 0) | (empty ? LOOKUP_EMPTY : 0));
  return answer < 0 ? answer : walk.path();
}

export function openTree(process: Process, dirfd: number, path: string, flags: number): number {
  if (!process.machine.profile.newMountApi) return -errno.ENOSYS;
  const known =
    AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  if ((flags & ~known) !== 0) return -errno.EINVAL;
  const clones = (flags & OPEN_TREE_CLONE) !== 0;
  const recursive = (flags & AT_RECURSIVE) !== 0;
  if (recursive && !clones) return -errno.EINVAL;
  if (clones && !mayMount(process)) return -errno.EPERM;
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, lookupOf(flags));
  if (answer < 0) return answer;
  if (clones) {
    const copy = copyOf(process, walk.path(), recursive ? 'tree' : 'mount');
    return typeof copy === 'number' ? copy : openDetached(process, copy);
  }
  const file = openPath(process.cred, walk.path(), O_PATH);
  return typeof file === 'number' ? file : addFile(process, file);
}
