import type { Dirent, StatBuffer, Statfs } from './stat.ts';

/**
 * The system calls of Linux as the two hosts answer them: the real kernel through the addon, the simulated one in memory.
 * Everything above (Host, the traces) is written once against this table.
 *
 * Conventions: names and arguments are the kernel's. Paths, symlink targets and xattr names are byte strings (path.ts).
 * A call answers a number that is zero or positive, or the negative errno; calls that answer something else answer it, or
 * the negative errno as a number. Nothing here throws but for arguments that no caller may pass (a buffer too small for
 * what it must hold). A path with a NUL byte is EINVAL, without reaching the kernel.
 */
export interface Syscalls {
  // Descriptors
  /** openat2(2); `mode` counts with O_CREAT and O_TMPFILE only. */
  openat2(dirfd: number, path: string, flags: number, mode: number, resolve: number): number;
  /** openat(2), where unknown and conflicting flags are tolerated as the kernel tolerates them. */
  openat(dirfd: number, path: string, flags: number, mode: number): number;
  close(fd: number): number;
  dup(fd: number): number;
  read(fd: number, buffer: Uint8Array): number;
  pread(fd: number, buffer: Uint8Array, offset: number): number;
  write(fd: number, buffer: Uint8Array): number;
  pwrite(fd: number, buffer: Uint8Array, offset: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  /** One getdents64(2) of at most `size` bytes; an empty list is the end. */
  getdents64(fd: number, size: number): readonly Dirent[] | number;
  ftruncate(fd: number, length: number): number;
  fallocate(fd: number, mode: number, offset: number, length: number): number;
  copy_file_range(from: number, fromOffset: number, to: number, toOffset: number, length: number): number;
  /** ioctl(FICLONE): makes `to` share all bytes of `from`. */
  ficlone(to: number, from: number): number;
  /** ioctl(FS_IOC_FSGETXATTR): fills `attributes` with a struct fsxattr (quota.ts). */
  fsgetxattr(fd: number, attributes: Uint8Array): number;
  /** ioctl(FS_IOC_FSSETXATTR). */
  fssetxattr(fd: number, attributes: Uint8Array): number;
  fsync(fd: number): number;
  fdatasync(fd: number): number;
  syncfs(fd: number): number;
  flock(fd: number, operation: number): number;

  // Names
  /** newfstatat(2); AT_EMPTY_PATH with '' is fstat(2). */
  fstatat(dirfd: number, path: string, out: StatBuffer, flags: number): number;
  /** faccessat2(2). */
  faccessat2(dirfd: number, path: string, mode: number, flags: number): number;
  mkdirat(dirfd: number, path: string, mode: number): number;
  mknodat(dirfd: number, path: string, mode: number, dev: number): number;
  symlinkat(target: string, dirfd: number, path: string): number;
  linkat(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number;
  unlinkat(dirfd: number, path: string, flags: number): number;
  renameat2(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number;
  readlinkat(dirfd: number, path: string): string | number;
  /** fchmodat2(2); with AT_SYMLINK_NOFOLLOW a symlink is EOPNOTSUPP. */
  fchmodat(dirfd: number, path: string, mode: number, flags: number): number;
  fchmod(fd: number, mode: number): number;
  /** fchownat(2); -1 keeps an id. */
  fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): number;
  fchown(fd: number, uid: number, gid: number): number;
  /** utimensat(2); UTIME_NOW and UTIME_OMIT as nanoseconds. A path of `undefined` is futimens(3) on `dirfd`. */
  utimensat(
    dirfd: number,
    path: string | undefined,
    atimeSec: number,
    atimeNsec: number,
    mtimeSec: number,
    mtimeNsec: number,
    flags: number,
  ): number;
  truncate(path: string, length: number): number;
  statfs(path: string): Statfs | number;
  fstatfs(fd: number): Statfs | number;
  /**
   * name_to_handle_at(2): the low byte of the handle's type, then its bytes, as overlayfs stores them after the UUID of an
   * origin xattr. `flags` is AT_SYMLINK_FOLLOW or AT_EMPTY_PATH. EOPNOTSUPP where the filesystem has no handles.
   */
  name_to_handle_at(dirfd: number, path: string, flags: number): Uint8Array | number;

  // Extended attributes. Of the `*xattrat` calls, AT_SYMLINK_NOFOLLOW is the kernel's `l` form and AT_EMPTY_PATH with '' works
  // on any descriptor, O_PATH included; the `f` forms refuse O_PATH with EBADF.
  getxattrat(dirfd: number, path: string, flags: number, name: string): Uint8Array | number;
  fgetxattr(fd: number, name: string): Uint8Array | number;
  setxattrat(dirfd: number, path: string, flags: number, name: string, value: Uint8Array, xattrFlags: number): number;
  fsetxattr(fd: number, name: string, value: Uint8Array, xattrFlags: number): number;
  listxattrat(dirfd: number, path: string, flags: number): readonly string[] | number;
  flistxattr(fd: number): readonly string[] | number;
  removexattrat(dirfd: number, path: string, flags: number, name: string): number;
  fremovexattr(fd: number, name: string): number;

  // Mounts
  /** mount(2); `undefined` is a NULL pointer. `data` longer than a page is cut by the kernel (R20). */
  mount(
    source: string | undefined,
    target: string,
    type: string | undefined,
    flags: number,
    data: string | undefined,
  ): number;
  umount2(target: string, flags: number): number;
  fsopen(type: string, flags: number): number;
  fspick(dirfd: number, path: string, flags: number): number;
  fsconfig(fd: number, command: number, key: string | undefined, value: string | undefined, aux: number): number;
  fsmount(fd: number, flags: number, attributes: number): number;
  /** The lines that the kernel left on a descriptor of fsopen or fspick, each with its `e `, `w ` or `i ` in front. */
  fsmessages(fd: number): readonly string[];
  move_mount(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number;
  open_tree(dirfd: number, path: string, flags: number): number;
  /** mount(2) on a thread of its own whose working directory is `directory`; this process's never moves. */
  mountFrom(directory: string, source: string, target: string, type: string, flags: number, data: string): number;

  /** quotactl(2); `quota` is the structure that the command reads or fills (quota.ts). */
  quotactl(command: number, device: string, id: number, quota: Uint8Array): number;

  // The process
  getcwd(): string | number;
  chdir(path: string): number;
  fchdir(fd: number): number;
  chroot(path: string): number;
  umask(mask: number): number;
  unshare(flags: number): number;
  getuid(): number;
  geteuid(): number;
  getgid(): number;
  getegid(): number;
  /** -1 keeps an id. The effective id is the filesystem id as well. */
  setresuid(real: number, effective: number, saved: number): number;
  setresgid(real: number, effective: number, saved: number): number;
  setgroups(groups: readonly number[]): number;
}
