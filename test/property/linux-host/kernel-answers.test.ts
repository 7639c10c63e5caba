import {
  lstatSync,
  type BigIntStats,
  mkdirSync,
  readdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as c from '../../../src/host/constants.ts';
import { errno, type ErrorCode } from '../../../src/host/errno.ts';
import { SystemError } from '../../../src/host/error.ts';
import { join, type Path } from '../../../src/host/path.ts';
import type { Stat } from '../../../src/host/stat.ts';
import { realHost, scratchDirectory, whyNoHost } from './real-host.ts';
import type { Syscalls } from '../../../src/host/syscalls.ts';

/** Calls that fail in the scratch directory, which has `file`, `dir/inner`, `link` to `file`, `loop` to itself. */
const failing: readonly (readonly [string, ErrorCode, (calls: Syscalls, at: string) => unknown])[] = [
  ['open', 'ENOENT', (k, at) => k.openat(c.AT_FDCWD, `${at}/none`, 0, 0)],
  ['open', 'EEXIST', (k, at) => k.openat(c.AT_FDCWD, `${at}/file`, c.O_CREAT | c.O_EXCL | c.O_WRONLY, 0o600)],
  ['open', 'EISDIR', (k, at) => k.openat(c.AT_FDCWD, `${at}/dir`, c.O_WRONLY, 0)],
  ['open', 'ENOTDIR', (k, at) => k.openat(c.AT_FDCWD, `${at}/file`, c.O_DIRECTORY, 0)],
  ['open', 'ELOOP', (k, at) => k.openat(c.AT_FDCWD, `${at}/link`, c.O_NOFOLLOW, 0)],
  ['open', 'ELOOP', (k, at) => k.openat(c.AT_FDCWD, `${at}/loop`, 0, 0)],
  ['open', 'EBADF', (k) => k.openat(99_999, 'file', 0, 0)],
  ['openat2', 'EXDEV', (k, at) => k.openat2(c.AT_FDCWD, `${at}/file`, 0, 0, c.RESOLVE_BENEATH)],
  ['openat2', 'EINVAL', (k, at) => k.openat2(c.AT_FDCWD, `${at}/file`, 0x80000000, 0, 0)],
  ['openat2', 'EINVAL', (k, at) => k.openat2(c.AT_FDCWD, `${at}/file`, 0, 0o600, 0)],
  ['close', 'EBADF', (k) => k.close(99_999)],
  ['dup', 'EBADF', (k) => k.dup(-1)],
  ['read', 'EBADF', (k) => k.read(99_999, new Uint8Array(1))],
  ['pread', 'EBADF', (k) => k.pread(-1, new Uint8Array(1), 0)],
  ['write', 'EBADF', (k) => k.write(-1, new Uint8Array(1))],
  ['getdents64', 'EBADF', (k) => k.getdents64(-1, 4096)],
  ['fallocate', 'EBADF', (k) => k.fallocate(-1, 0, 0, 1)],
  ['copy_file_range', 'EBADF', (k) => k.copy_file_range(-1, 0, -1, 0, 1)],
  ['ficlone', 'EBADF', (k) => k.ficlone(-1, -1)],
  ['flock', 'EBADF', (k) => k.flock(-1, c.LOCK_SH)],
  ['lseek', 'EBADF', (k) => k.lseek(-1, 0, c.SEEK_SET)],
  ['fsync', 'EBADF', (k) => k.fsync(-1)],
  ['fdatasync', 'EBADF', (k) => k.fdatasync(-1)],
  ['syncfs', 'EBADF', (k) => k.syncfs(-1)],
  ['fchmod', 'EBADF', (k) => k.fchmod(-1, 0o600)],
  ['fchown', 'EBADF', (k) => k.fchown(-1, -1, -1)],
  ['ftruncate', 'EBADF', (k) => k.ftruncate(-1, 0)],
  ['mkdir', 'EEXIST', (k, at) => k.mkdirat(c.AT_FDCWD, `${at}/dir`, 0o755)],
  ['mkdir', 'ENOTDIR', (k, at) => k.mkdirat(c.AT_FDCWD, `${at}/file/x`, 0o755)],
  ['mknod', 'EEXIST', (k, at) => k.mknodat(c.AT_FDCWD, `${at}/file`, c.S_IFIFO, 0)],
  ['mknod', 'EPERM', (k, at) => k.mknodat(c.AT_FDCWD, `${at}/new`, c.S_IFDIR, 0)],
  ['symlink', 'EEXIST', (k, at) => k.symlinkat('x', c.AT_FDCWD, `${at}/link`)],
  ['symlink', 'ENOENT', (k, at) => k.symlinkat('', c.AT_FDCWD, `${at}/new`)],
  ['link', 'EPERM', (k, at) => k.linkat(c.AT_FDCWD, `${at}/dir`, c.AT_FDCWD, `${at}/new`, 0)],
  ['rename', 'EXDEV', (k, at) => k.renameat2(c.AT_FDCWD, `${at}/file`, c.AT_FDCWD, '/proc/new', 0)],
  ['unlink', 'EISDIR', (k, at) => k.unlinkat(c.AT_FDCWD, `${at}/dir`, 0)],
  ['rmdir', 'ENOTEMPTY', (k, at) => k.unlinkat(c.AT_FDCWD, `${at}/dir`, c.AT_REMOVEDIR)],
  ['rmdir', 'ENOTDIR', (k, at) => k.unlinkat(c.AT_FDCWD, `${at}/file`, c.AT_REMOVEDIR)],
  ['rmdir', 'EINVAL', (k, at) => k.unlinkat(c.AT_FDCWD, `${at}/dir/.`, c.AT_REMOVEDIR)],
  ['rename', 'EISDIR', (k, at) => k.renameat2(c.AT_FDCWD, `${at}/file`, c.AT_FDCWD, `${at}/dir`, 0)],
  ['rename', 'EEXIST', (k, at) => k.renameat2(c.AT_FDCWD, `${at}/file`, c.AT_FDCWD, `${at}/link`, c.RENAME_NOREPLACE)],
  ['rename', 'EINVAL', (k, at) => k.renameat2(c.AT_FDCWD, `${at}/dir`, c.AT_FDCWD, `${at}/dir/inner/x`, 0)],
  ['rename', 'EINVAL', (k, at) => k.renameat2(c.AT_FDCWD, `${at}/file`, c.AT_FDCWD, `${at}/dir`, 0x80)],
  ['readlink', 'EINVAL', (k, at) => k.readlinkat(c.AT_FDCWD, `${at}/file`)],
  ['chmod', 'ENOENT', (k, at) => k.fchmodat(c.AT_FDCWD, `${at}/none`, 0, 0)],
  ['chown', 'ENOENT', (k, at) => k.fchownat(c.AT_FDCWD, `${at}/none`, -1, -1, 0)],
  ['chown', 'EINVAL', (k, at) => k.fchownat(c.AT_FDCWD, `${at}/file`, -1, -1, 1)],
  ['utimensat', 'EINVAL', (k, at) => k.utimensat(c.AT_FDCWD, `${at}/file`, 0, 1e9, 0, 0, 0)],
  ['utimensat', 'EBADF', (k) => k.utimensat(-1, undefined, 0, 0, 0, 0, 0)],
  ['truncate', 'EISDIR', (k, at) => k.truncate(`${at}/dir`, 0)],
  ['truncate', 'EINVAL', (k, at) => k.truncate(`${at}/file`, -1)],
  ['statfs', 'ENOENT', (k, at) => k.statfs(`${at}/none`)],
  ['fstatfs', 'EBADF', (k) => k.fstatfs(-1)],
  ['getxattr', 'ENODATA', (k, at) => k.getxattrat(c.AT_FDCWD, `${at}/file`, 0, 'user.none')],
  ['getxattr', 'ERANGE', (k, at) => k.getxattrat(c.AT_FDCWD, `${at}/file`, 0, '')],
  ['getxattr', 'ERANGE', (k, at) => k.getxattrat(c.AT_FDCWD, `${at}/file`, 0, `user.${'n'.repeat(251)}`)],
  ['getxattr', 'EOPNOTSUPP', (k, at) => k.getxattrat(c.AT_FDCWD, `${at}/file`, 0, 'nonsense')],
  [
    'setxattr',
    'ENODATA',
    (k, at) => k.setxattrat(c.AT_FDCWD, `${at}/file`, 0, 'user.n', new Uint8Array(1), c.XATTR_REPLACE),
  ],
  ['setxattr', 'E2BIG', (k, at) => k.setxattrat(c.AT_FDCWD, `${at}/file`, 0, 'user.n', new Uint8Array(65537), 0)],
  ['listxattr', 'ENOENT', (k, at) => k.listxattrat(c.AT_FDCWD, `${at}/none`, 0)],
  ['fgetxattr', 'EBADF', (k) => k.fgetxattr(-1, 'user.n')],
  ['chdir', 'ENOTDIR', (k, at) => k.chdir(`${at}/file`)],
  ['fchdir', 'EBADF', (k) => k.fchdir(-1)],
  ['mountFrom', 'ENOENT', (k, at) => k.mountFrom(`${at}/none`, 'x', 'x', 'x', 0, '')],
  ['open_tree', 'ENOENT', (k, at) => k.open_tree(c.AT_FDCWD, `${at}/none`, 0)],
  ['fsopen', 'ENODEV', (k) => (k.geteuid() === 0 ? k.fsopen('nonsense', 0) : -errno.ENODEV)],
];

describe.skipIf(whyNoHost !== undefined)('the Linux host', () => {
  const scratch = scratchDirectory();
  let at: Path;

  beforeAll(() => {
    at = scratch.path();
    mkdirSync(`${at}/dir/inner`, { recursive: true });
    writeFileSync(`${at}/file`, 'text');
    symlinkSync('file', `${at}/link`);
    symlinkSync('loop', `${at}/loop`);
  });

  it.each(failing)('%s answers %s as the kernel does', (_name, code, call) => {
    expect(call(realHost().calls, at)).toBe(-errno[code]);
  });

  it('closes what it opened, whatever fails', () => {
    const { calls, fs, mount } = realHost();
    const before = readdirSync('/proc/self/fd').length;
    const attempts = [
      ...failing.map(
        ([, , call]) =>
          () =>
            call(calls, at),
      ),
      () => fs.readdir(join(at, 'file')),
      () => fs.openRoot(join(at, 'file')),
      () => mount.table(),
      () => {
        mount.fsmount('nonsense', at, [], 0);
      },
      () => calls.fchmodat(c.AT_FDCWD, `${at}/link`, 0o600, c.AT_SYMLINK_NOFOLLOW),
      () => realHost().system.moduleParameter('none', 'none'),
    ];
    for (let round = 0; round < 50; round += 1) for (const attempt of attempts) ignoringSystemErrors(attempt);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  function ignoringSystemErrors(attempt: () => unknown): void {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  it('sees in a file what node:fs sees', () => {
    const { fs } = realHost();
    for (const path of [at, `${at}/file`, `${at}/link`, '/dev/null', '/proc/self/status', '/']) {
      expect(fields(fs.lstat(path as Path))).toEqual(fields(lstatSync(path, { bigint: true })));
      expect(fields(fs.stat(path as Path))).toEqual(fields(statSync(path, { bigint: true })));
    }
    const fd = fs.open(join(at, 'file'), c.O_RDONLY);
    expect(fs.fstat(fd)).toEqual(fs.lstat(join(at, 'file')));
    fs.close(fd);
  });

  /** Both kinds of stat as integers. */
  function fields(stat: Stat | BigIntStats): Record<string, bigint> {
    const names = ['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blksize', 'blocks'] as const;
    const numbers = Object.fromEntries(names.map((name) => [name, BigInt(stat[name])]));
    const ns = ({ sec, nsec }: { sec: number; nsec: number }): bigint => BigInt(sec) * 1_000_000_000n + BigInt(nsec);
    return 'mtimeNs' in stat
      ? { ...numbers, mtime: stat.mtimeNs, ctime: stat.ctimeNs }
      : { ...numbers, mtime: ns(stat.mtime), ctime: ns(stat.ctime) };
  }

  it('sees in a filesystem what node:fs sees', () => {
    for (const path of ['/', '/proc', at]) {
      const expected = statfsSync(path);
      const { type, bsize, blocks, files } = realHost().statfs(path as Path);
      expect([type, bsize, blocks, files]).toEqual([expected.type, expected.bsize, expected.blocks, expected.files]);
    }
  });

  it('reads and writes at any offset', () => {
    const { fs, calls } = realHost();
    const fd = fs.open(join(at, 'data'), c.O_RDWR | c.O_CREAT, 0o600);
    fs.writeAll(fd, Buffer.from('hello'));
    expect(fs.pwrite(fd, Buffer.from('!'), 2 ** 33)).toBe(1);
    expect(fs.fstat(fd).size).toBe(2 ** 33 + 1);
    expect(calls.lseek(fd, 0, c.SEEK_HOLE)).toBeLessThan(2 ** 33);
    expect(calls.lseek(fd, 65536, c.SEEK_DATA)).toBe(2 ** 33);
    expect(calls.lseek(fd, 2 ** 33 + 1, c.SEEK_DATA)).toBe(-errno.ENXIO);
    const buffer = new Uint8Array(8);
    expect(fs.pread(fd, buffer, 1)).toBe(8);
    expect([...buffer]).toEqual([...Buffer.from('ello'), 0, 0, 0, 0]);
    const copy = fs.open(join(at, 'copy'), c.O_RDWR | c.O_CREAT, 0o600);
    expect(fs.copyFileRange(fd, 1, copy, 3, 4)).toBe(4);
    expect(fs.fstat(copy).size).toBe(7);
    expect(calls.fallocate(copy, 0, 0, 100)).toBe(0);
    expect(fs.fstat(copy).size).toBe(100);
    expect(calls.ftruncate(copy, 2)).toBe(0);
    expect(calls.dup(copy)).toBeGreaterThan(copy);
    fs.close(fd);
    fs.close(copy);
  });

  afterAll(() => {
    expect(realHost().calls.getcwd()).toBe(process.cwd());
  });
});
