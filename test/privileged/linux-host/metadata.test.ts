import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
  UTIME_OMIT,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { filesystemMagic } from '../../../src/host/filesystem-magic.ts';
import type { Name, Path } from '../../../src/host/path.ts';
import { major, makedev, minor } from '../../../src/host/stat.ts';
import { mountedScratch, realHost, whyNoMounts } from './mounted-scratch.ts';

const name = (text: string): Name => text as Name;

describe.skipIf(whyNoMounts !== undefined)('metadata on the Linux host', () => {
  const scratch = mountedScratch();

  beforeAll(() => {
    scratch.write('file', 'text');
    realHost().fs.symlink('file' as Path, scratch.path('link'));
  });

  it('has device nodes of every number', () => {
    const numbers = fc.tuple(fc.nat(0xfff), fc.nat(0xfffff));
    fc.assert(
      fc.property(numbers, fc.constantFrom(S_IFCHR, S_IFBLK), ([high, low], type) => {
        const { fs } = realHost();
        const node = scratch.path('node');
        fs.mknod(node, type | 0o600, makedev(high, low));
        const { rdev, mode } = fs.lstat(node);
        fs.unlink(node);
        expect([major(rdev), minor(rdev), mode]).toEqual([high, low, type | 0o600]);
      }),
    );
    const { fs } = realHost();
    for (const [type, text] of [
      [S_IFIFO, 'fifo'],
      [S_IFSOCK, 'socket'],
    ] as const) {
      fs.mknod(scratch.path(text), type | 0o644, 0);
      expect(fs.lstat(scratch.path(text)).type).toBe(text);
    }
  });

  it('has times in nanoseconds, before 1970 and after 2262', () => {
    const time = fc.record({ sec: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), nsec: fc.nat(999_999_999) });
    fc.assert(
      fc.property(time, time, (atime, mtime) => {
        const { fs } = realHost();
        for (const entry of ['file', 'link']) {
          fs.lutimens(scratch.path(entry), atime, mtime);
          expect(fs.lstat(scratch.path(entry))).toMatchObject({ atime, mtime });
        }
        fs.lutimens(scratch.path('file'), 'omit', { sec: 1, nsec: 2 });
        expect(fs.lstat(scratch.path('file'))).toMatchObject({ atime, mtime: { sec: 1, nsec: 2 } });
      }),
    );
    const { fs, system, calls } = realHost();
    const fd = fs.open(scratch.path('file'), O_RDONLY);
    const before = system.now().sec;
    fs.futimens(fd, 'now', { sec: -1, nsec: 999_999_999 });
    expect(fs.fstat(fd).atime.sec).toBeGreaterThanOrEqual(before - 1);
    expect(fs.fstat(fd).mtime).toEqual({ sec: -1, nsec: 999_999_999 });
    expect(calls.utimensat(fd, undefined, 0, UTIME_OMIT, 0, UTIME_OMIT, 0)).toBe(0);
    fs.close(fd);
  });

  it('has trusted attributes of any bytes and size, on files and on links themselves', () => {
    const value = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 1020, maxLength: 5000 }));
    const attribute = fc
      .string({
        unit: fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code)),
        minLength: 1,
        maxLength: 200,
      })
      .map((tail) => `trusted.${tail}`);
    fc.assert(
      fc.property(
        fc.constantFrom('file', 'link'),
        fc.uniqueArray(attribute, { maxLength: 12 }),
        value,
        (entry, names, bytes) => {
          const { fs } = realHost();
          const at = scratch.path(entry);
          for (const each of names) fs.lsetxattr(at, each, bytes);
          expect([...fs.llistxattr(at)].sort()).toEqual([...names].sort());
          for (const each of names) expect(Buffer.compare(fs.lgetxattr(at, each), bytes)).toBe(0);
          for (const each of names) fs.lremovexattr(at, each);
          expect(fs.llistxattr(at)).toEqual([]);
        },
      ),
    );
    const { calls } = realHost();
    const largest = new Uint8Array(65536).fill(7);
    expect(calls.setxattrat(AT_FDCWD, scratch.path('file'), 0, 'trusted.large', largest, 0)).toBe(0);
    expect(calls.getxattrat(AT_FDCWD, scratch.path('link'), 0, 'trusted.large')).toEqual(largest);
    expect(calls.removexattrat(AT_FDCWD, scratch.path('link'), 0, 'trusted.large')).toBe(0);
  });

  it('reaches attributes from a directory held open and through descriptors', () => {
    const { fs } = realHost();
    const root = fs.openRoot(scratch.path());
    root.lsetxattr(name('link'), 'trusted.of-link', Buffer.from('l'));
    root.lsetxattr(name('file'), 'trusted.of-file', Buffer.from('f'));
    expect(fs.llistxattr(scratch.path('link'))).toEqual(['trusted.of-link']);
    expect(root.lgetxattr(name('link'), 'trusted.of-link')).toEqual(new Uint8Array(Buffer.from('l')));
    const fd = root.open(name('file'), O_RDONLY);
    expect(fs.flistxattr(fd)).toEqual(['trusted.of-file']);
    fs.fsetxattr(fd, 'trusted.more', new Uint8Array(0));
    expect(fs.fgetxattr(fd, 'trusted.more')).toEqual(new Uint8Array(0));
    fs.close(fd);
    root.lremovexattr(name('file'), 'trusted.of-file');
    root.lremovexattr(name('file'), 'trusted.more');
    root.lremovexattr(name('link'), 'trusted.of-link');
    expect(() => root.lgetxattr(name('file'), 'trusted.more')).toThrow(expect.objectContaining({ code: 'ENODATA' }));
    root.close();
  });

  it('makes files without a name and gives them one', () => {
    const { fs, calls } = realHost();
    const fd = fs.open(scratch.path(), O_TMPFILE | O_RDWR, 0o640);
    fs.writeAll(fd, Buffer.from('unnamed'));
    expect(fs.fstat(fd)).toMatchObject({ nlink: 0, size: 7 });
    expect(calls.linkat(fd, '', AT_FDCWD, scratch.path('named'), AT_EMPTY_PATH)).toBe(0);
    expect(fs.fstat(fd).nlink).toBe(1);
    const proc = `/proc/self/fd/${fd}`;
    expect(calls.linkat(AT_FDCWD, proc, AT_FDCWD, scratch.path('again'), AT_SYMLINK_FOLLOW)).toBe(0);
    expect(fs.lstat(scratch.path('again')).nlink).toBe(2);
    fs.close(fd);
    const root = fs.openRoot(scratch.path());
    const confined = root.openPath('' as Path, O_TMPFILE | O_WRONLY, 0o600);
    expect(fs.fstat(confined)).toMatchObject({ nlink: 0, mode: S_IFREG | 0o600 });
    fs.close(confined);
    root.close();
  });

  it('has the owners and modes it was given', () => {
    const { fs } = realHost();
    const before = realHost().system.umask(0o022);
    fs.close(fs.open(scratch.path('owned'), O_CREAT | O_WRONLY, 0o6777));
    realHost().system.umask(before);
    expect(fs.lstat(scratch.path('owned')).permissions).toBe(0o6755);
    fs.lchown(scratch.path('owned'), 0xfffffffe, -1);
    fs.lchown(scratch.path('link'), 5, 6);
    expect(fs.lstat(scratch.path('owned'))).toMatchObject({ uid: 0xfffffffe, gid: 0 });
    expect(fs.lstat(scratch.path('link'))).toMatchObject({ uid: 5, gid: 6 });
    expect(fs.lstat(scratch.path('file'))).toMatchObject({ uid: 0, gid: 0 });
  });

  it('knows the filesystem by its magic', () => {
    const host = realHost();
    expect(host.statfs(scratch.path())).toMatchObject({ type: filesystemMagic.tmpfs, namelen: 255 });
    const fd = host.fs.open('/proc' as Path, O_RDONLY | O_DIRECTORY);
    expect(host.calls.fstatfs(fd)).toMatchObject({ type: 0x9fa0 });
    host.fs.close(fd);
  });

  it('has handles where the filesystem has, the same for all names of an inode', () => {
    const { calls } = realHost();
    scratch.write('handle', '');
    calls.linkat(AT_FDCWD, scratch.path('handle'), AT_FDCWD, scratch.path('other-name'), 0);
    const handle = calls.name_to_handle_at(AT_FDCWD, scratch.path('handle'), 0);
    expect(handle).toBeInstanceOf(Uint8Array);
    expect(calls.name_to_handle_at(AT_FDCWD, scratch.path('other-name'), 0)).toEqual(handle);
    expect(calls.name_to_handle_at(AT_FDCWD, scratch.path('file'), 0)).not.toEqual(handle);
    expect(calls.name_to_handle_at(AT_FDCWD, scratch.path('none'), 0)).toBe(-errno.ENOENT);
    expect(calls.name_to_handle_at(AT_FDCWD, '/proc', 0)).toBe(-errno.EOPNOTSUPP);
  });
});
