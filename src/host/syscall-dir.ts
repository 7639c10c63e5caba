import { check } from './check.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  SEEK_SET,
} from './constants.ts';
import { errno } from './errno.ts';
import { SystemError } from './error.ts';
import type { Dir, Fd, NameCalls, Root, TimeChange } from './host.ts';
import { isName, type Name, type Path } from './path.ts';
import { Stat, statBuffer, type Dirent } from './stat.ts';
import type { Syscalls } from './syscalls.ts';
import { utimens } from './time-change.ts';

/** Size of the buffer for one getdents64(2), in bytes; what glibc takes. */
const direntsSize = 32768;

const rootResolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** One for all: an answer is copied out before the next call. */
const answered = statBuffer();

/** The calls on names, below a directory descriptor (AT_FDCWD for FileSystem). */
export class SyscallNames<N extends Path> implements NameCalls<N> {
  protected readonly calls: Syscalls;
  protected readonly dirfd: number;
  readonly #openFlags: number;
  readonly #chmodFlags: number;

  constructor(calls: Syscalls, dirfd: number, openFlags: number) {
    this.calls = calls;
    this.dirfd = dirfd;
    this.#openFlags = openFlags | O_CLOEXEC;
    this.#chmodFlags = (openFlags & O_NOFOLLOW) !== 0 ? AT_SYMLINK_NOFOLLOW : 0;
  }

  /** Refuses, before any call, a name that these calls must not be given. FileSystem takes every path. */
  protected checkName(_name: N, _syscall: string): void {
    // Trusted paths: nothing to refuse.
  }

  lstat(name: N): Stat {
    this.checkName(name, 'lstat');
    check(this.calls.fstatat(this.dirfd, name, answered, AT_SYMLINK_NOFOLLOW), 'lstat', name);
    return new Stat(answered);
  }

  lstatIfExists(name: N): Stat | undefined {
    this.checkName(name, 'lstat');
    const answer = this.calls.fstatat(this.dirfd, name, answered, AT_SYMLINK_NOFOLLOW);
    if (answer === -errno.ENOENT) return undefined;
    check(answer, 'lstat', name);
    return new Stat(answered);
  }

  mkdir(name: N, mode: number): void {
    this.checkName(name, 'mkdir');
    check(this.calls.mkdirat(this.dirfd, name, mode), 'mkdir', name);
  }

  rmdir(name: N): void {
    this.checkName(name, 'rmdir');
    check(this.calls.unlinkat(this.dirfd, name, AT_REMOVEDIR), 'rmdir', name);
  }

  rmdirIfEmpty(name: N): boolean {
    this.checkName(name, 'rmdir');
    const answer = this.calls.unlinkat(this.dirfd, name, AT_REMOVEDIR);
    if (answer === -errno.ENOTEMPTY || answer === -errno.EEXIST) return false;
    check(answer, 'rmdir', name);
    return true;
  }

  unlink(name: N): void {
    this.checkName(name, 'unlink');
    check(this.calls.unlinkat(this.dirfd, name, 0), 'unlink', name);
  }

  mknod(name: N, mode: number, dev: number): void {
    this.checkName(name, 'mknod');
    check(this.calls.mknodat(this.dirfd, name, mode, dev), 'mknod', name);
  }

  symlink(target: Path, name: N): void {
    this.checkName(name, 'symlink');
    check(this.calls.symlinkat(target, this.dirfd, name), 'symlink', target, name);
  }

  readlink(name: N): Path {
    this.checkName(name, 'readlink');
    const target = this.calls.readlinkat(this.dirfd, name);
    if (typeof target === 'number') throw new SystemError(target, 'readlink', name);
    return target as Path;
  }

  lchown(name: N, uid: number, gid: number): void {
    this.checkName(name, 'lchown');
    check(this.calls.fchownat(this.dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW), 'lchown', name);
  }

  chmod(name: N, mode: number): void {
    this.checkName(name, 'chmod');
    check(this.calls.fchmodat(this.dirfd, name, mode, this.#chmodFlags), 'chmod', name);
  }

  lutimens(name: N, atime: TimeChange, mtime: TimeChange): void {
    this.checkName(name, 'utimensat');
    check(utimens(this.calls, this.dirfd, name, atime, mtime, AT_SYMLINK_NOFOLLOW), 'utimensat', name);
  }

  lgetxattr(name: N, attribute: string): Uint8Array {
    this.checkName(name, 'lgetxattr');
    const value = this.calls.getxattrat(this.dirfd, name, AT_SYMLINK_NOFOLLOW, attribute);
    if (typeof value === 'number') throw new SystemError(value, `lgetxattr(${attribute})`, name);
    return value;
  }

  lsetxattr(name: N, attribute: string, value: Uint8Array, flags = 0): void {
    this.checkName(name, 'lsetxattr');
    const answer = this.calls.setxattrat(this.dirfd, name, AT_SYMLINK_NOFOLLOW, attribute, value, flags);
    check(answer, `lsetxattr(${attribute})`, name);
  }

  llistxattr(name: N): readonly string[] {
    this.checkName(name, 'llistxattr');
    const names = this.calls.listxattrat(this.dirfd, name, AT_SYMLINK_NOFOLLOW);
    if (typeof names === 'number') throw new SystemError(names, 'llistxattr', name);
    return names;
  }

  lremovexattr(name: N, attribute: string): void {
    this.checkName(name, 'lremovexattr');
    const answer = this.calls.removexattrat(this.dirfd, name, AT_SYMLINK_NOFOLLOW, attribute);
    check(answer, `lremovexattr(${attribute})`, name);
  }

  open(name: N, flags: number, mode = 0): Fd {
    this.checkName(name, 'open');
    return check(this.calls.openat(this.dirfd, name, flags | this.#openFlags, mode), 'open', name) as Fd;
  }

  openIfExists(name: N, flags: number): Fd | undefined {
    this.checkName(name, 'open');
    const answer = this.calls.openat(this.dirfd, name, flags | this.#openFlags, 0);
    if (answer === -errno.ENOENT) return undefined;
    return check(answer, 'open', name) as Fd;
  }

  readdir(name: N): readonly Dirent[] {
    const fd = this.open(name, O_RDONLY | O_DIRECTORY);
    try {
      return readEntries(this.calls, fd, name);
    } finally {
      this.calls.close(fd);
    }
  }
}

/** All entries of an open directory but `.` and `..`. */
function readEntries(calls: Syscalls, fd: number, path: string): readonly Dirent[] {
  const entries: Dirent[] = [];
  for (;;) {
    const chunk = calls.getdents64(fd, direntsSize);
    if (typeof chunk === 'number') throw new SystemError(chunk, 'getdents64', path);
    if (chunk.length === 0) return entries;
    for (const entry of chunk) if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
  }
}

class SyscallDir extends SyscallNames<Name> implements Dir {
  readonly fd: Fd;
  /** Whether the descriptor no longer stands before the first entry. */
  #read = false;

  constructor(calls: Syscalls, fd: Fd) {
    super(calls, fd, O_NOFOLLOW);
    this.fd = fd;
  }

  protected override checkName(name: Name, syscall: string): void {
    if (!isName(name)) throw new SystemError(errno.EINVAL, syscall, name);
  }

  stat(): Stat {
    check(this.calls.fstatat(this.fd, '', answered, AT_EMPTY_PATH), 'fstat');
    return new Stat(answered);
  }

  openDir(name: Name): Dir {
    return new SyscallDir(this.calls, this.open(name, O_RDONLY | O_DIRECTORY));
  }

  link(name: Name, to: Dir, toName: Name): void {
    this.checkName(name, 'link');
    this.checkName(toName, 'link');
    check(this.calls.linkat(this.fd, name, to.fd, toName, 0), 'link', name, toName);
  }

  rename(name: Name, to: Dir, toName: Name, flags = 0): void {
    this.checkName(name, 'rename');
    this.checkName(toName, 'rename');
    check(this.calls.renameat2(this.fd, name, to.fd, toName, flags), 'rename', name, toName);
  }

  entries(): readonly Dirent[] {
    if (this.#read) check(this.calls.lseek(this.fd, 0, SEEK_SET), 'lseek', '.');
    this.#read = true;
    return readEntries(this.calls, this.fd, '.');
  }

  close(): void {
    check(this.calls.close(this.fd), 'close');
  }
}

/** See Root. */
export class SyscallRoot extends SyscallDir implements Root {
  static open(calls: Syscalls, dir: Path): SyscallRoot {
    const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    return new SyscallRoot(calls, check(calls.openat(AT_FDCWD, dir, flags, 0), 'open', dir) as Fd);
  }

  walk(path: Path): Dir {
    return new SyscallDir(this.calls, this.openPath(path, O_RDONLY | O_DIRECTORY));
  }

  openPath(path: Path, flags: number, mode = 0): Fd {
    const relative = path === '' ? '.' : path;
    return check(this.calls.openat2(this.fd, relative, flags | O_CLOEXEC, mode, rootResolve), 'openat2', path) as Fd;
  }
}
