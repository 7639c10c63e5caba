import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_EACCESS,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOVE_MOUNT_F_EMPTY_PATH,
} from './constants.ts';
import { errno } from './errno.ts';
import { SystemError } from './error.ts';
import type { Fd, FileSystem, FsConfig, Host, MountEntry, Mounts, Root, System, TimeChange } from './host.ts';
import { SyscallNames, SyscallRoot } from './syscall-dir.ts';
import { check } from './check.ts';
import type { Path } from './path.ts';
import {
  diskQuota,
  diskQuotaSize,
  fsxattrSize,
  projectFrom,
  putProject,
  quotaFrom,
  QUOTA_GET_PROJECT,
  QUOTA_SET_PROJECT,
  type Project,
  type ProjectQuota,
} from './quota.ts';
import { Stat, statBuffer, type Statfs } from './stat.ts';
import type { Syscalls } from './syscalls.ts';
import { utimens } from './time-change.ts';

/** What a host knows besides its system calls. */
export interface HostFacts {
  readonly system: System;
  procFilesystems(): string;
  mountTable(): readonly MountEntry[];
}

/** The Host over a table of system calls: the one implementation for the real and for the simulated kernel. */
export class SyscallHost implements Host {
  readonly fs: FileSystem;
  readonly mount: Mounts;
  readonly system: System;
  /** The table below, for those who compare kernels call by call. */
  readonly calls: Syscalls;
  readonly #facts: HostFacts;

  constructor(calls: Syscalls, facts: HostFacts) {
    this.calls = calls;
    this.fs = new SyscallFileSystem(calls);
    this.mount = new SyscallMounts(calls, facts);
    this.system = facts.system;
    this.#facts = facts;
  }

  statfs(path: Path): Statfs {
    const answer = this.calls.statfs(path);
    if (typeof answer === 'number') throw new SystemError(answer, 'statfs', path);
    return answer;
  }

  procFilesystems(): string {
    return this.#facts.procFilesystems();
  }
}

class SyscallFileSystem extends SyscallNames<Path> implements FileSystem {
  readonly #out = statBuffer();

  constructor(calls: Syscalls) {
    super(calls, AT_FDCWD, 0);
  }

  stat(path: Path): Stat {
    check(this.calls.fstatat(AT_FDCWD, path, this.#out, 0), 'stat', path);
    return new Stat(this.#out);
  }

  access(path: Path, mode: number): boolean {
    return this.calls.faccessat2(AT_FDCWD, path, mode, AT_EACCESS) === 0;
  }

  link(from: Path, to: Path): void {
    check(this.calls.linkat(AT_FDCWD, from, AT_FDCWD, to, 0), 'link', from, to);
  }

  rename(from: Path, to: Path, flags = 0): void {
    check(this.calls.renameat2(AT_FDCWD, from, AT_FDCWD, to, flags), 'rename', from, to);
  }

  openRoot(dir: Path): Root {
    return SyscallRoot.open(this.calls, dir);
  }

  close(fd: Fd): void {
    check(this.calls.close(fd), 'close');
  }

  read(fd: Fd, buffer: Uint8Array): number {
    return check(this.calls.read(fd, buffer), 'read');
  }

  pread(fd: Fd, buffer: Uint8Array, offset: number): number {
    return check(this.calls.pread(fd, buffer, offset), 'pread');
  }

  writeAll(fd: Fd, buffer: Uint8Array): void {
    for (let written = 0; written < buffer.length;) {
      written += check(this.calls.write(fd, written === 0 ? buffer : buffer.subarray(written)), 'write');
    }
  }

  pwrite(fd: Fd, buffer: Uint8Array, offset: number): number {
    return check(this.calls.pwrite(fd, buffer, offset), 'pwrite');
  }

  lseek(fd: Fd, offset: number, whence: number): number {
    return check(this.calls.lseek(fd, offset, whence), 'lseek');
  }

  fstat(fd: Fd): Stat {
    check(this.calls.fstatat(fd, '', this.#out, AT_EMPTY_PATH), 'fstat');
    return new Stat(this.#out);
  }

  fchmod(fd: Fd, mode: number): void {
    check(this.calls.fchmod(fd, mode), 'fchmod');
  }

  fchown(fd: Fd, uid: number, gid: number): void {
    check(this.calls.fchown(fd, uid, gid), 'fchown');
  }

  futimens(fd: Fd, atime: TimeChange, mtime: TimeChange): void {
    check(utimens(this.calls, fd, undefined, atime, mtime, 0), 'futimens');
  }

  ftruncate(fd: Fd, length: number): void {
    check(this.calls.ftruncate(fd, length), 'ftruncate');
  }

  fgetxattr(fd: Fd, attribute: string): Uint8Array {
    const value = this.calls.fgetxattr(fd, attribute);
    if (typeof value === 'number') throw new SystemError(value, 'fgetxattr', attribute);
    return value;
  }

  fsetxattr(fd: Fd, attribute: string, value: Uint8Array, flags = 0): void {
    check(this.calls.fsetxattr(fd, attribute, value, flags), 'fsetxattr', attribute);
  }

  flistxattr(fd: Fd): readonly string[] {
    const names = this.calls.flistxattr(fd);
    if (typeof names === 'number') throw new SystemError(names, 'flistxattr');
    return names;
  }

  fremovexattr(fd: Fd, attribute: string): void {
    check(this.calls.fremovexattr(fd, attribute), 'fremovexattr', attribute);
  }

  copyFileRange(from: Fd, fromOffset: number, to: Fd, toOffset: number, length: number): number {
    return check(this.calls.copy_file_range(from, fromOffset, to, toOffset, length), 'copy_file_range');
  }

  ficlone(to: Fd, from: Fd): void {
    check(this.calls.ficlone(to, from), 'ioctl(FICLONE)');
  }

  getProject(fd: Fd): Project {
    const attributes = new Uint8Array(fsxattrSize);
    check(this.calls.fsgetxattr(fd, attributes), 'ioctl(FS_IOC_FSGETXATTR)');
    return projectFrom(attributes);
  }

  setProject(fd: Fd, project: Project): void {
    const attributes = new Uint8Array(fsxattrSize);
    check(this.calls.fsgetxattr(fd, attributes), 'ioctl(FS_IOC_FSGETXATTR)');
    putProject(attributes, project);
    check(this.calls.fssetxattr(fd, attributes), 'ioctl(FS_IOC_FSSETXATTR)');
  }

  getProjectQuota(device: Path, project: number): ProjectQuota {
    const quota = new Uint8Array(diskQuotaSize);
    check(this.calls.quotactl(QUOTA_GET_PROJECT, device, project, quota), 'quotactl', device);
    return quotaFrom(quota);
  }

  setProjectQuota(device: Path, project: number, limit: number): void {
    const quota = diskQuota(project, { limit, used: 0 });
    check(this.calls.quotactl(QUOTA_SET_PROJECT, device, project, quota), 'quotactl', device);
  }

  fsync(fd: Fd): void {
    check(this.calls.fsync(fd), 'fsync');
  }

  syncfs(fd: Fd): void {
    check(this.calls.syncfs(fd), 'syncfs');
  }

  flock(fd: Fd, operation: number): boolean {
    const answer = this.calls.flock(fd, operation);
    if (answer === -errno.EAGAIN) return false;
    check(answer, 'flock');
    return true;
  }
}

class SyscallMounts implements Mounts {
  readonly #calls: Syscalls;
  readonly #facts: HostFacts;

  constructor(calls: Syscalls, facts: HostFacts) {
    this.#calls = calls;
    this.#facts = facts;
  }

  mount(source: string, target: Path, type: string, flags: number, data: string): void {
    check(this.#calls.mount(source, target, type, flags, data), 'mount', target);
  }

  umount2(target: Path, flags: number): void {
    check(this.#calls.umount2(target, flags), 'umount2', target);
  }

  mountFrom(directory: Path, source: string, target: Path, type: string, flags: number, data: string): void {
    check(this.#calls.mountFrom(directory, source, target, type, flags, data), 'mount', target);
  }

  fsmount(type: string, target: Path, options: readonly FsConfig[], attributes: number): void {
    const context = check(this.#calls.fsopen(type, FSOPEN_CLOEXEC), 'fsopen', target);
    try {
      for (const option of options) this.#configure(context, option, target);
      const created = this.#calls.fsconfig(context, FSCONFIG_CMD_CREATE, undefined, undefined, 0);
      this.#checkConfig(context, created, 'fsconfig(create)', target);
      const mounted = check(this.#calls.fsmount(context, FSMOUNT_CLOEXEC, attributes), 'fsmount', target);
      try {
        const moved = this.#calls.move_mount(mounted, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
        check(moved, 'move_mount', target);
      } finally {
        this.#calls.close(mounted);
      }
    } finally {
      this.#calls.close(context);
    }
  }

  #configure(context: number, option: FsConfig, target: Path): void {
    const { key } = option;
    const answer =
      'value' in option
        ? this.#calls.fsconfig(context, FSCONFIG_SET_STRING, key, option.value, 0)
        : 'fd' in option
          ? this.#calls.fsconfig(context, FSCONFIG_SET_FD, key, undefined, option.fd)
          : this.#calls.fsconfig(context, FSCONFIG_SET_FLAG, key, undefined, 0);
    this.#checkConfig(context, answer, `fsconfig(${key})`, target);
  }

  #checkConfig(context: number, answer: number, syscall: string, target: Path): void {
    if (answer >= 0) return;
    const messages = this.#calls.fsmessages(context);
    throw new SystemError(answer, messages.length === 0 ? syscall : `${syscall} [${messages.join('; ')}]`, target);
  }

  table(): readonly MountEntry[] {
    return this.#facts.mountTable();
  }
}
