import { errno } from '../../host/errno.ts';
import type { Dirent, StatBuffer, Statfs } from '../../host/stat.ts';
import type { Syscalls } from '../../host/syscalls.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { pathInode, type MountNamespace, type VfsPath } from '../vfs/mount.ts';
import * as attributes from './attributes.ts';
import { Descriptors } from './descriptors.ts';
import * as directories from './directories.ts';
import * as ids from './ids.ts';
import type { IdMaps } from './ids.ts';
import * as io from './io.ts';
import type { MachineKernel } from './machine.ts';
import * as mounting from './mount-calls.ts';
import * as names from './names.ts';
import * as contexts from './new-mount-api.ts';
import * as opening from './open.ts';
import * as copying from './copy.ts';
import * as renaming from './rename.ts';
import * as stats from './stat.ts';
import * as quotas from './quota.ts';
import * as xattrs from './xattrs.ts';

/** What a process is, besides its descriptors. */
export interface ProcessState {
  readonly cred: Credentials;
  readonly mask: number;
  readonly root: VfsPath;
  readonly cwd: VfsPath;
  readonly namespace: MountNamespace;
}

/** A process of a simulated machine: its state, and the system calls that it makes. */
export class Process implements Syscalls {
  readonly machine: MachineKernel;
  readonly pid: number;
  readonly descriptors = new Descriptors();
  cred: Credentials;
  /** The file mode creation mask. */
  mask: number;
  namespace: MountNamespace;
  #root: VfsPath;
  #cwd: VfsPath;

  constructor(machine: MachineKernel, pid: number, state: ProcessState) {
    this.machine = machine;
    this.pid = pid;
    this.cred = state.cred;
    this.mask = state.mask;
    this.namespace = state.namespace;
    this.#root = state.root;
    this.#cwd = state.cwd;
  }

  get root(): VfsPath {
    return this.#root;
  }

  get cwd(): VfsPath {
    return this.#cwd;
  }

  moveRoot(path: VfsPath): void {
    const old = this.#root;
    pathInode(path).pin();
    this.#root = { mount: path.mount, dentry: path.dentry };
    this.#leave(old);
  }

  moveCwd(path: VfsPath): void {
    const old = this.#cwd;
    pathInode(path).pin();
    this.#cwd = { mount: path.mount, dentry: path.dentry };
    this.#leave(old);
  }

  #leave(path: VfsPath): void {
    pathInode(path).unpin();
    this.machine.mounts.reap(path.mount);
  }

  /** Ends the process: its descriptors are closed, and it stands nowhere any more. */
  exit(): void {
    for (const [fd] of [...this.descriptors.entries()]) this.close(fd);
    this.machine.forgetProcess(this);
    this.#leave(this.#cwd);
    this.#leave(this.#root);
  }

  /** A system call begins: time passes, and the machine works for this process. */
  #enter(): this {
    this.machine.current = this;
    this.machine.clock.tick();
    return this;
  }

  // Descriptors

  openat2(dirfd: number, path: string, flags: number, mode: number, resolve: number): number {
    return opening.openat2(this.#enter(), dirfd, path, { flags, mode, resolve });
  }

  openat(dirfd: number, path: string, flags: number, mode: number): number {
    return opening.openat(this.#enter(), dirfd, path, flags, mode);
  }

  close(fd: number): number {
    const file = this.#enter().descriptors.remove(fd);
    if (file === undefined) return -errno.EBADF;
    this.machine.putFile(file);
    return 0;
  }

  dup(fd: number): number {
    const file = this.#enter().descriptors.getRaw(fd);
    return file === undefined ? -errno.EBADF : this.descriptors.add(file);
  }

  read(fd: number, buffer: Uint8Array): number {
    return io.read(this.#enter(), fd, buffer);
  }

  pread(fd: number, buffer: Uint8Array, offset: number): number {
    return io.pread(this.#enter(), fd, buffer, offset);
  }

  write(fd: number, buffer: Uint8Array): number {
    return io.write(this.#enter(), fd, buffer);
  }

  pwrite(fd: number, buffer: Uint8Array, offset: number): number {
    return io.pwrite(this.#enter(), fd, buffer, offset);
  }

  lseek(fd: number, offset: number, whence: number): number {
    return io.lseek(this.#enter(), fd, offset, whence);
  }

  getdents64(fd: number, size: number): readonly Dirent[] | number {
    return directories.getdents64(this.#enter(), fd, size);
  }

  ftruncate(fd: number, length: number): number {
    return io.ftruncate(this.#enter(), fd, length);
  }

  fallocate(fd: number, mode: number, offset: number, length: number): number {
    return io.fallocate(this.#enter(), fd, mode, offset, length);
  }

  copy_file_range(from: number, fromOffset: number, to: number, toOffset: number, length: number): number {
    return copying.copyFileRange(this.#enter(), { from, fromOffset, to, toOffset, length });
  }

  ficlone(to: number, from: number): number {
    return copying.ficlone(this.#enter(), to, from);
  }

  fsgetxattr(fd: number, attributes: Uint8Array): number {
    return quotas.fsgetxattr(this.#enter(), fd, attributes);
  }

  fssetxattr(fd: number, attributes: Uint8Array): number {
    return quotas.fssetxattr(this.#enter(), fd, attributes);
  }

  quotactl(command: number, device: string, id: number, quota: Uint8Array): number {
    return quotas.quotactl(this.#enter(), command, device, id, quota);
  }

  fsync(fd: number): number {
    return io.fsync(this.#enter(), fd, 'all');
  }

  fdatasync(fd: number): number {
    return io.fsync(this.#enter(), fd, 'data');
  }

  syncfs(fd: number): number {
    return io.syncfs(this.#enter(), fd);
  }

  flock(fd: number, operation: number): number {
    return io.flock(this.#enter(), fd, operation);
  }

  // Names

  fstatat(dirfd: number, path: string, out: StatBuffer, flags: number): number {
    return stats.fstatat(this.#enter(), dirfd, path, out, flags);
  }

  faccessat2(dirfd: number, path: string, mode: number, flags: number): number {
    return attributes.faccessat2(this.#enter(), dirfd, path, mode, flags);
  }

  mkdirat(dirfd: number, path: string, mode: number): number {
    return names.mkdirat(this.#enter(), dirfd, path, mode);
  }

  mknodat(dirfd: number, path: string, mode: number, dev: number): number {
    return names.mknodat(this.#enter(), dirfd, path, mode, dev);
  }

  symlinkat(target: string, dirfd: number, path: string): number {
    return names.symlinkat(this.#enter(), target, dirfd, path);
  }

  linkat(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number {
    return names.linkat(this.#enter(), fromDirfd, from, toDirfd, to, flags);
  }

  unlinkat(dirfd: number, path: string, flags: number): number {
    return names.unlinkat(this.#enter(), dirfd, path, flags);
  }

  renameat2(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number {
    return renaming.renameat2(this.#enter(), fromDirfd, from, toDirfd, to, flags);
  }

  readlinkat(dirfd: number, path: string): string | number {
    return stats.readlinkat(this.#enter(), dirfd, path);
  }

  fchmodat(dirfd: number, path: string, mode: number, flags: number): number {
    return attributes.fchmodat(this.#enter(), dirfd, path, mode, flags);
  }

  fchmod(fd: number, mode: number): number {
    return attributes.fchmod(this.#enter(), fd, mode);
  }

  fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): number {
    return attributes.fchownat(this.#enter(), dirfd, path, uid, gid, flags);
  }

  fchown(fd: number, uid: number, gid: number): number {
    return attributes.fchown(this.#enter(), fd, uid, gid);
  }

  utimensat(
    dirfd: number,
    path: string | undefined,
    atimeSec: number,
    atimeNsec: number,
    mtimeSec: number,
    mtimeNsec: number,
    flags: number,
  ): number {
    const times = { atimeSec, atimeNsec, mtimeSec, mtimeNsec };
    return attributes.utimensat(this.#enter(), dirfd, path, times, flags);
  }

  truncate(path: string, length: number): number {
    return attributes.truncate(this.#enter(), path, length);
  }

  statfs(path: string): Statfs | number {
    return stats.statfs(this.#enter(), path);
  }

  fstatfs(fd: number): Statfs | number {
    return stats.fstatfs(this.#enter(), fd);
  }

  name_to_handle_at(dirfd: number, path: string, flags: number): Uint8Array | number {
    return stats.nameToHandleAt(this.#enter(), dirfd, path, flags);
  }

  // Extended attributes

  getxattrat(dirfd: number, path: string, flags: number, name: string): Uint8Array | number {
    return xattrs.getxattrat(this.#enter(), dirfd, path, flags, name);
  }

  fgetxattr(fd: number, name: string): Uint8Array | number {
    return xattrs.fgetxattr(this.#enter(), fd, name);
  }

  setxattrat(dirfd: number, path: string, flags: number, name: string, value: Uint8Array, xattrFlags: number): number {
    return xattrs.setxattrat(this.#enter(), dirfd, path, flags, { name, value, flags: xattrFlags });
  }

  fsetxattr(fd: number, name: string, value: Uint8Array, xattrFlags: number): number {
    return xattrs.fsetxattr(this.#enter(), fd, { name, value, flags: xattrFlags });
  }

  listxattrat(dirfd: number, path: string, flags: number): readonly string[] | number {
    return xattrs.listxattrat(this.#enter(), dirfd, path, flags);
  }

  flistxattr(fd: number): readonly string[] | number {
    return xattrs.flistxattr(this.#enter(), fd);
  }

  removexattrat(dirfd: number, path: string, flags: number, name: string): number {
    return xattrs.removexattrat(this.#enter(), dirfd, path, flags, name);
  }

  fremovexattr(fd: number, name: string): number {
    return xattrs.fremovexattr(this.#enter(), fd, name);
  }

  // Mounts

  mount(
    source: string | undefined,
    target: string,
    type: string | undefined,
    flags: number,
    data: string | undefined,
  ): number {
    return mounting.mount(this.#enter(), { source, target, type, flags, data });
  }

  umount2(target: string, flags: number): number {
    return mounting.umount2(this.#enter(), target, flags);
  }

  fsopen(type: string, flags: number): number {
    return contexts.fsopen(this.#enter(), type, flags);
  }

  fspick(dirfd: number, path: string, flags: number): number {
    return contexts.fspick(this.#enter(), dirfd, path, flags);
  }

  fsconfig(fd: number, command: number, key: string | undefined, value: string | undefined, aux: number): number {
    return contexts.fsconfig(this.#enter(), fd, { command, key, value, aux });
  }

  fsmount(fd: number, flags: number, attributes: number): number {
    return contexts.fsmount(this.#enter(), fd, flags, attributes);
  }

  fsmessages(fd: number): readonly string[] {
    return contexts.fsmessages(this.#enter(), fd);
  }

  move_mount(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number {
    return contexts.moveMount(this.#enter(), fromDirfd, from, toDirfd, to, flags);
  }

  open_tree(dirfd: number, path: string, flags: number): number {
    return contexts.openTree(this.#enter(), dirfd, path, flags);
  }

  mountFrom(directory: string, source: string, target: string, type: string, flags: number, data: string): number {
    return mounting.mountFrom(this.#enter(), directory, { source, target, type, flags, data });
  }

  // The process

  getcwd(): string | number {
    return directories.getcwd(this.#enter());
  }

  chdir(path: string): number {
    return directories.chdir(this.#enter(), path);
  }

  fchdir(fd: number): number {
    return directories.fchdir(this.#enter(), fd);
  }

  chroot(path: string): number {
    return directories.chroot(this.#enter(), path);
  }

  umask(mask: number): number {
    const before = this.#enter().mask;
    this.mask = mask & 0o777;
    return before;
  }

  unshare(flags: number): number {
    return ids.unshare(this.#enter(), flags);
  }

  getuid(): number {
    return ids.shownUid(this.#enter(), 'uid');
  }

  geteuid(): number {
    return ids.shownUid(this.#enter(), 'euid');
  }

  getgid(): number {
    return ids.shownGid(this.#enter(), 'gid');
  }

  getegid(): number {
    return ids.shownGid(this.#enter(), 'egid');
  }

  setresuid(real: number, effective: number, saved: number): number {
    return ids.setresuid(this.#enter(), real, effective, saved);
  }

  setresgid(real: number, effective: number, saved: number): number {
    return ids.setresgid(this.#enter(), real, effective, saved);
  }

  /** Gives the process's user namespace its ids, as root of the one above does. */
  mapIds(maps: IdMaps): number {
    return ids.mapIds(this, maps);
  }

  setgroups(groups: readonly number[]): number {
    return ids.setgroups(this.#enter(), groups);
  }
}
