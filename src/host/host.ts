import type { Name, Path } from './path.ts';
import type { Project, ProjectQuota } from './quota.ts';
import type { Dirent, Stat, Statfs, Timestamp } from './stat.ts';

/**
 * All that a graph driver asks of the machine. Its methods are synchronous, each is one system call under the kernel's
 * name, and each failure is a thrown SystemError with the kernel's errno. Two hosts implement it: LinuxHost (the real
 * kernel, through the addon) and SimHost (the simulated kernel); both are SyscallHost over a table of system calls.
 */
export interface Host {
  readonly fs: FileSystem;
  readonly mount: Mounts;
  readonly system: System;
  /** statfs(2). */
  statfs(path: Path): Statfs;
  /** The text of /proc/filesystems. */
  procFilesystems(): string;
}

declare const fdBrand: unique symbol;

/** An open file description's number in this process. Whoever opens it closes it. */
export type Fd = number & { readonly [fdBrand]: true };

/** What utimensat(2) sets: a time, the present, or nothing. */
export type TimeChange = Timestamp | 'now' | 'omit';

/**
 * Calls on names. In FileSystem a name is any path; in a Dir it is one component and no symlink is ever followed, so that
 * whatever an archive calls its entries, the call stays in that directory.
 */
export interface NameCalls<N extends Path> {
  /** fstatat(2) with AT_SYMLINK_NOFOLLOW. */
  lstat(name: N): Stat;
  /** lstat, or `undefined` where the name does not exist (ENOENT). Other errors are thrown. */
  lstatIfExists(name: N): Stat | undefined;
  mkdir(name: N, mode: number): void;
  rmdir(name: N): void;
  /** rmdir, or `false` where the directory is not empty (ENOTEMPTY, or EEXIST as POSIX allows). Other errors are thrown. */
  rmdirIfEmpty(name: N): boolean;
  unlink(name: N): void;
  mknod(name: N, mode: number, dev: number): void;
  symlink(target: Path, name: N): void;
  readlink(name: N): Path;
  /** fchownat(2) with AT_SYMLINK_NOFOLLOW; -1 keeps an id. */
  lchown(name: N, uid: number, gid: number): void;
  /** Of a symlink's target in FileSystem; in a Dir a symlink is refused with EOPNOTSUPP. */
  chmod(name: N, mode: number): void;
  /** utimensat(2) with AT_SYMLINK_NOFOLLOW. */
  lutimens(name: N, atime: TimeChange, mtime: TimeChange): void;
  lgetxattr(name: N, attribute: string): Uint8Array;
  lsetxattr(name: N, attribute: string, value: Uint8Array, flags?: number): void;
  llistxattr(name: N): readonly string[];
  lremovexattr(name: N, attribute: string): void;
  /** openat(2); O_CLOEXEC is added, in a Dir O_NOFOLLOW as well. The umask applies to `mode`. */
  open(name: N, flags: number, mode?: number): Fd;
  /** open of what may not be there: `undefined` where the name does not exist (ENOENT). Other errors are thrown. */
  openIfExists(name: N, flags: number): Fd | undefined;
  /** The entries without `.` and `..`, in the order of the filesystem. */
  readdir(name: N): readonly Dirent[];
}

/** Calls on descriptors. */
export interface FdCalls {
  close(fd: Fd): void;
  read(fd: Fd, buffer: Uint8Array): number;
  pread(fd: Fd, buffer: Uint8Array, offset: number): number;
  /** Writes all of `buffer`, in as many calls as it takes. */
  writeAll(fd: Fd, buffer: Uint8Array): void;
  pwrite(fd: Fd, buffer: Uint8Array, offset: number): number;
  lseek(fd: Fd, offset: number, whence: number): number;
  fstat(fd: Fd): Stat;
  fchmod(fd: Fd, mode: number): void;
  fchown(fd: Fd, uid: number, gid: number): void;
  futimens(fd: Fd, atime: TimeChange, mtime: TimeChange): void;
  ftruncate(fd: Fd, length: number): void;
  fgetxattr(fd: Fd, attribute: string): Uint8Array;
  fsetxattr(fd: Fd, attribute: string, value: Uint8Array, flags?: number): void;
  flistxattr(fd: Fd): readonly string[];
  fremovexattr(fd: Fd, attribute: string): void;
  copyFileRange(from: Fd, fromOffset: number, to: Fd, toOffset: number, length: number): number;
  /** ioctl(FICLONE): `to` shares all bytes of `from`. */
  ficlone(to: Fd, from: Fd): void;
  /** ioctl(FS_IOC_FSGETXATTR), of which only the project is of interest. */
  getProject(fd: Fd): Project;
  /** ioctl(FS_IOC_FSSETXATTR); all but the project stays as it is. */
  setProject(fd: Fd, project: Project): void;
  fsync(fd: Fd): void;
  syncfs(fd: Fd): void;
  /** flock(2). With LOCK_NB, `false` where another holds the lock; without it the whole process waits. */
  flock(fd: Fd, operation: number): boolean;
}

/** The file system calls a driver makes. Paths are trusted here; a name from an archive goes through a Root. */
export interface FileSystem extends NameCalls<Path>, FdCalls {
  stat(path: Path): Stat;
  /** access(2) with the effective ids; `false` for any error. */
  access(path: Path, mode: number): boolean;
  link(from: Path, to: Path): void;
  rename(from: Path, to: Path, flags?: number): void;
  /** quotactl(Q_XGETQUOTA) of a project on the filesystem whose block device `device` is. */
  getProjectQuota(device: Path, project: number): ProjectQuota;
  /** quotactl(Q_XSETQLIM): both limits, in blocks of 512 bytes; 0 is none. */
  setProjectQuota(device: Path, project: number, limit: number): void;
  /** A directory as a capability: names given to it never leave it. */
  openRoot(dir: Path): Root;
}

/**
 * A directory held open. Names are single components; a name that is none is refused with EINVAL before any call, so
 * that `..` or `a/b` never reach the kernel.
 */
export interface Dir extends NameCalls<Name> {
  /** The directory's own metadata and descriptor calls, through `fs`. */
  readonly fd: Fd;
  stat(): Stat;
  /** Opens a directory below. A symlink, even to a directory, is ENOTDIR as anything else that is none. */
  openDir(name: Name): Dir;
  /** Hard link of an entry of this directory into `to`; a symlink itself is linked. */
  link(name: Name, to: Dir, toName: Name): void;
  rename(name: Name, to: Dir, toName: Name, flags?: number): void;
  /** The entries of this directory. */
  entries(): readonly Dirent[];
  close(): void;
}

/**
 * A Dir that also resolves paths, like Go's os.Root: symlinks and `..` are followed as if this directory were `/`
 * (openat2 with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS).
 */
export interface Root extends Dir {
  /** Opens the directory at `path` below this root; the caller closes it. The empty path is the root itself. */
  walk(path: Path): Dir;
  /** Opens any file at `path` below this root. */
  openPath(path: Path, flags: number, mode?: number): Fd;
}

/** One line of /proc/self/mountinfo. */
export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  readonly dev: number;
  readonly root: Path;
  readonly target: Path;
  /** Per-mount options (`rw`, `relatime` …). */
  readonly options: string;
  readonly type: string;
  readonly source: string;
  /** Options of the superblock, with the kernel's octal escapes undone. */
  readonly superOptions: string;
}

/** Which parts of a mount description one can change: the words of the new mount API. */
export type FsConfig =
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly fd: Fd }
  | { readonly key: string; readonly flag: true };

/** Mounting. */
export interface Mounts {
  mount(source: string, target: Path, type: string, flags: number, data: string): void;
  umount2(target: Path, flags: number): void;
  /** mount(2) with relative names in `data` and `target` resolved from `directory`; the caller's cwd does not move. */
  mountFrom(directory: Path, source: string, target: Path, type: string, flags: number, data: string): void;
  /**
   * A mount through fsopen, fsconfig, fsmount and move_mount. Throws ENOSYS where the kernel has no such calls; the
   * message of a failure ends with what the kernel logged on the descriptor.
   */
  fsmount(type: string, target: Path, options: readonly FsConfig[], attributes: number): void;
  /** The mount table, /proc/self/mountinfo. */
  table(): readonly MountEntry[];
}

/** The little else that a driver asks for. */
export interface System {
  /** CLOCK_REALTIME. */
  now(): Timestamp;
  /** Waits at least so many milliseconds, with 0 for a turn of the event loop; in the simulator only its clock moves. */
  sleep(milliseconds: number): Promise<void>;
  randomBytes(length: number): Uint8Array;
  /** uname's release, for instance `6.18.44`. */
  kernelRelease(): string;
  /** Bytes. */
  pageSize(): number;
  /** Whether this process is in a user namespace other than the first. */
  inUserNamespace(): boolean;
  /** /sys/module/MODULE/parameters/NAME without its newline, `undefined` where there is none. */
  moduleParameter(module: string, name: string): string | undefined;
  /** An environment variable (`DOCKER_DRIVER`). */
  environment(name: string): string | undefined;
  /** Tells one boot of the machine from another (/proc/sys/kernel/random/boot_id). */
  bootId(): string;
  /** The effective ids of this process. */
  credentials(): { readonly uid: number; readonly gid: number };
  /** Sets the file mode creation mask; answers the one before. */
  umask(mask: number): number;
}
