import { errno } from '../../host/errno.ts';
import {
  AT_FDCWD,
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from '../../host/constants.ts';
import { PATH_MAX } from '../../host/path.ts';
import { CAP_SYS_ADMIN, nsCapable } from '../vfs/credentials.ts';
import { FsContext, parseMonolithic, parseParameter } from '../vfs/fs-context.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import {
  MNT_ATIME_MASK,
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
import { addMount, bindMount, makeTree, mayMount, mountCapable, moveMount } from './mounting.ts';
import { hasParent, mountsBelow, topmost } from './mount-tree.ts';
import type { Process } from './process.ts';
import { mayHaveFlags, reconfigureMount, reconfigureSuperblock, remountFlags } from './remount.ts';
import { Walk } from './walk.ts';

/** mount(2) and umount2(2) (fs/namespace.c). */

/** The arguments of mount(2); `undefined` is NULL. */
export interface MountArguments {
  readonly source: string | undefined;
  readonly target: string;
  readonly type: string | undefined;
  readonly flags: number;
  readonly data: string | undefined;
}

/** The magic number that old programs put into the upper half of the flags. */
const MS_MGC_VAL = 0xc0ed0000;
const MS_NOUSER = 0x80000000;
const MS_MGC_MSK = 0xffff0000;

export function mount(process: Process, given: MountArguments): number {
  if (isTooLong(given.type) || isTooLong(given.source)) return -errno.EINVAL;
  let flags = given.flags >>> 0;
  if ((flags & MS_MGC_MSK) >>> 0 === MS_MGC_VAL) flags &= ~MS_MGC_MSK;
  // The kernel copies one page and ends it with a NUL; what is longer is cut without a word (R20).
  const { pageSize } = process.machine.profile;
  const data = given.data?.slice(0, pageSize - 1);
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, given.target, LOOKUP_FOLLOW);
  if (answer < 0) return answer;
  if ((flags & MS_NOUSER) !== 0) return -errno.EINVAL;
  if (!mayMount(process)) return -errno.EPERM;
  return dispatch(process, walk.path(), { ...given, flags, data });
}

/** copy_mount_string. */
function isTooLong(text: string | undefined): boolean {
  return text !== undefined && text.length >= PATH_MAX;
}

/** path_mount: what the flags say is to be done. */
function dispatch(process: Process, path: VfsPath, given: MountArguments): number {
  const { flags } = given;
  const mountFlags = mountFlagsOf(flags, path.mount);
  if ((flags & (MS_REMOUNT | MS_BIND)) === (MS_REMOUNT | MS_BIND)) return reconfigureMount(process, path, mountFlags);
  if ((flags & MS_REMOUNT) !== 0) return remount(process, path, given, mountFlags);
  if ((flags & MS_BIND) !== 0) return bind(process, path, given);
  if ((flags & propagation) !== 0) return changeType(process, path, flags);
  if ((flags & MS_MOVE) !== 0) return move(process, path, given);
  return newMount(process, path, given, mountFlags);
}

const perMount = [
  [MS_RDONLY, MNT_READONLY],
  [MS_NOSUID, MNT_NOSUID],
  [MS_NODEV, MNT_NODEV],
  [MS_NOEXEC, MNT_NOEXEC],
  [MS_NOATIME, MNT_NOATIME],
  [MS_NODIRATIME, MNT_NODIRATIME],
  [MS_NOSYMFOLLOW, MNT_NOSYMFOLLOW],
] as const;

/** The flags of the mount among those of mount(2); relatime is the default. */
function mountFlagsOf(flags: number, present: Mount): number {
  let own = (flags & MS_NOATIME) === 0 ? MNT_RELATIME : 0;
  for (const [ms, mnt] of perMount) if ((flags & ms) !== 0) own |= mnt;
  if ((flags & MS_STRICTATIME) !== 0) own &= ~(MNT_RELATIME | MNT_NOATIME);
  const saysAtime = (flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)) !== 0;
  if ((flags & MS_REMOUNT) !== 0 && !saysAtime) own = (own & ~MNT_ATIME_MASK) | (present.flags & MNT_ATIME_MASK);
  return own;
}

const superblockFlags = MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC | MS_SILENT | MS_LAZYTIME;

/** do_new_mount. */
function newMount(process: Process, path: VfsPath, given: MountArguments, mountFlags: number): number {
  if (given.type === undefined) return -errno.EINVAL;
  const type = process.machine.filesystemType(given.type);
  if (type === undefined) return -errno.ENODEV;
  const { machine: kernel, cred } = process;
  const context = new FsContext({ kernel, type, cred, oldApi: true });
  context.sbFlags = given.flags & superblockFlags;
  const operations = type.initContext(context);
  try {
    const parsed = describe(context, operations, given);
    if (parsed < 0) return parsed;
    if (!mountCapable(context)) return -errno.EPERM;
    const tree = makeTree(process, context, operations);
    return typeof tree === 'number' ? tree : addMount(process, tree, path, mountFlags);
  } finally {
    operations.free?.(context);
  }
}

function describe(
  context: FsContext,
  operations: ReturnType<FsContext['type']['initContext']>,
  given: MountArguments,
): number {
  if (given.source !== undefined) {
    const named = parseParameter(context, operations, { key: 'source', type: 'string', string: given.source });
    if (named < 0) return named;
  }
  return parseMonolithic(context, operations, given.data);
}

/** do_remount: the superblock first, then the mount. */
function remount(process: Process, path: VfsPath, given: MountArguments, mountFlags: number): number {
  const { mount: present, dentry } = path;
  if (present.namespace !== process.namespace || dentry !== present.root) return -errno.EINVAL;
  if (!mayHaveFlags(present, mountFlags)) return -errno.EPERM;
  const { machine: kernel, cred } = process;
  const context = new FsContext({ kernel, type: present.sb.type, cred, reconfigured: dentry, oldApi: true });
  context.sbFlags = given.flags & superblockFlags;
  context.sbFlagsMask = remountFlags;
  const operations = present.sb.type.initContext(context);
  try {
    const parsed = parseMonolithic(context, operations, given.data);
    if (parsed < 0) return parsed;
    if (!nsCapable(cred, present.sb.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
    const answer = reconfigureSuperblock(process, context, operations);
    if (answer === 0) present.flags = mountFlags;
    return answer;
  } finally {
    operations.free?.(context);
  }
}

/** do_loopback. */
function bind(process: Process, path: VfsPath, { source, flags }: MountArguments): number {
  const from = sourcePath(process, source);
  return typeof from === 'number' ? from : bindMount(process, from, path, (flags & MS_REC) !== 0 ? 'tree' : 'mount');
}

/** do_move_mount_old. */
function move(process: Process, path: VfsPath, { source }: MountArguments): number {
  const from = sourcePath(process, source);
  return typeof from === 'number' ? from : moveMount(process, from, path);
}

function sourcePath(process: Process, source: string | undefined): VfsPath | number {
  if (source === undefined || source === '') return -errno.EINVAL;
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, source, LOOKUP_FOLLOW);
  return answer < 0 ? answer : walk.path();
}

const propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

/** do_change_type. All mounts are private here; being unbindable is kept, being shared has nobody to be shared with. */
function changeType(process: Process, path: VfsPath, flags: number): number {
  if (path.dentry !== path.mount.root) return -errno.EINVAL;
  const kind = flags & ~(MS_REC | MS_SILENT);
  if (kind !== MS_SHARED && kind !== MS_PRIVATE && kind !== MS_SLAVE && kind !== MS_UNBINDABLE) return -errno.EINVAL;
  if (path.mount.namespace !== process.namespace) return -errno.EINVAL;
  const changed = (flags & MS_REC) !== 0 ? mountsBelow(path.mount) : [path.mount];
  for (const each of changed) each.unbindable = kind === MS_UNBINDABLE;
  return 0;
}

/** mount(2) by a thread whose working directory is `directory`. */
export function mountFrom(process: Process, directory: string, given: MountArguments): number {
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, directory, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  if (answer < 0) return answer;
  const before = process.cwd;
  process.moveCwd(walk.path());
  try {
    return mount(process, given);
  } finally {
    process.moveCwd(before);
  }
}

const umountFlags = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;

export function umount2(process: Process, target: string, flags: number): number {
  if ((flags & ~umountFlags) !== 0) return -errno.EINVAL;
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, target, (flags & UMOUNT_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0);
  if (answer < 0) return answer;
  const { mount: tree, dentry } = topmost(walk.path());
  if (!mayMount(process)) return -errno.EPERM;
  if (dentry !== tree.root || tree.namespace !== process.namespace || tree.locked) return -errno.EINVAL;
  if ((flags & MNT_FORCE) !== 0 && !nsCapable(process.cred, tree.sb.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
  if ((flags & MNT_EXPIRE) !== 0) return expire(process, tree, flags);
  return unmount(process, tree, flags);
}

/** do_umount. */
function unmount(process: Process, tree: Mount, flags: number): number {
  const lazy = (flags & MNT_DETACH) !== 0;
  if (tree === process.root.mount && !lazy) return makeRootReadOnly(process, tree);
  // Linux has its rootfs below the first root; here nothing would be left.
  if (!hasParent(tree)) return -errno.EINVAL;
  if (!lazy && process.machine.mounts.isBusy(tree)) return -errno.EBUSY;
  process.machine.mounts.unmountTree(tree);
  return 0;
}

/** What an unmount of one's own root comes to (do_umount_root). */
function makeRootReadOnly(process: Process, { sb, root }: Mount): number {
  const { machine: kernel, cred } = process;
  if (!nsCapable(cred, sb.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
  if (sb.readOnly) return 0;
  const context = new FsContext({ kernel, type: sb.type, cred, reconfigured: root, oldApi: true });
  context.sbFlags = MS_RDONLY;
  context.sbFlagsMask = MS_RDONLY;
  const operations = sb.type.initContext(context);
  const answer = reconfigureSuperblock(process, context, operations);
  operations.free?.(context);
  return answer;
}

/** MNT_EXPIRE: the first call marks an unused mount, a second one unmounts it. */
function expire(process: Process, tree: Mount, flags: number): number {
  if (tree === process.root.mount || (flags & (MNT_FORCE | MNT_DETACH)) !== 0) return -errno.EINVAL;
  if (process.machine.mounts.isBusy(tree)) return -errno.EBUSY;
  if (!tree.expiring) {
    tree.expiring = true;
    return -errno.EAGAIN;
  }
  process.machine.mounts.unmountTree(tree);
  return 0;
}
