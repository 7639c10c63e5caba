import { lstatSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_WRONLY } from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { isName, join, NAME_MAX, type Name, type Path } from '../../../src/host/path.ts';
import { realHost, scratchDirectory, whyNoHost } from './real-host.ts';

const byte = fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code));
const name = fc
  .oneof(
    fc.string({ unit: byte, minLength: 1, maxLength: 40 }),
    fc.string({ unit: byte, minLength: NAME_MAX - 2, maxLength: NAME_MAX }),
  )
  .filter(isName);
const target = fc.string({ unit: byte, minLength: 1, maxLength: 300 });

describe.skipIf(whyNoHost !== undefined)('names on the Linux host', () => {
  const scratch = scratchDirectory();

  it('come back from the directory as the bytes they were made of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const { fs } = realHost();
        const dir = join(scratch.path(), 'names');
        fs.mkdir(dir, 0o755);
        for (const entry of names) fs.mkdir(join(dir, entry), 0o700);
        try {
          expect(
            fs
              .readdir(dir)
              .map((entry) => entry.name)
              .sort(),
          ).toEqual([...names].sort());
          expect(readdirSync(dir, { encoding: 'latin1' }).sort()).toEqual([...names].sort());
          for (const entry of names) {
            const seen = lstatSync(Buffer.from(join(dir, entry), 'latin1'), { bigint: true });
            expect(fs.lstat(join(dir, entry)).ino).toBe(seen.ino);
          }
        } finally {
          for (const entry of names) fs.rmdir(join(dir, entry));
          fs.rmdir(dir);
        }
      }),
    );
  });

  it('of symlink targets come back likewise', () => {
    fc.assert(
      fc.property(target, (bytes) => {
        const { fs } = realHost();
        const link = join(scratch.path(), 'link');
        fs.symlink(bytes as Path, link);
        try {
          expect(fs.readlink(link)).toBe(bytes);
          expect(fs.lstat(link).size).toBe(bytes.length);
        } finally {
          fs.unlink(link);
        }
      }),
    );
  });

  it('have the length the kernel gives them, and its errors', () => {
    const { calls } = realHost();
    const dir = scratch.path();
    expect(calls.mkdirat(AT_FDCWD, join(dir, 'a'.repeat(NAME_MAX + 1)), 0o700)).toBe(-errno.ENAMETOOLONG);
    const longest = `${'/'.repeat(4095 - dir.length)}${dir}`;
    expect(calls.faccessat2(AT_FDCWD, longest, 0, 0)).toBe(0);
    expect(calls.faccessat2(AT_FDCWD, `/${longest}`, 0, 0)).toBe(-errno.ENAMETOOLONG);
    expect(calls.faccessat2(AT_FDCWD, '/'.repeat(1_000_000), 0, 0)).toBe(-errno.ENAMETOOLONG);
    expect(calls.faccessat2(AT_FDCWD, '', 0, 0)).toBe(-errno.ENOENT);
    expect(calls.symlinkat('t'.repeat(4096), AT_FDCWD, join(dir, 'long'))).toBe(-errno.ENAMETOOLONG);
    expect(calls.symlinkat('t'.repeat(4095), AT_FDCWD, join(dir, 'long'))).toBe(0);
    expect(calls.readlinkat(AT_FDCWD, join(dir, 'long'))).toBe('t'.repeat(4095));
  });

  it('of a large directory arrive all and once, whatever the buffer', () => {
    const { fs, calls } = realHost();
    const dir = join(scratch.path(), 'large');
    fs.mkdir(dir, 0o755);
    const names = Array.from({ length: 2000 }, (_, at) => `${'n'.repeat(at % 200)}${at}`);
    for (const entry of names) fs.close(fs.open(join(dir, entry), O_CREAT | O_WRONLY, 0o600));
    const expected = [...names, '.', '..'].sort();
    for (const size of [280, 4096, 1 << 20]) {
      const fd = fs.open(dir, O_RDONLY | O_DIRECTORY);
      const seen: string[] = [];
      for (;;) {
        const entries = calls.getdents64(fd, size);
        if (typeof entries === 'number') throw new Error(`getdents64 answered ${entries}`);
        if (entries.length === 0) break;
        seen.push(...entries.map((entry) => entry.name));
      }
      expect(seen.sort()).toEqual(expected);
      expect(calls.getdents64(fd, size)).toEqual([]);
      fs.close(fd);
    }
    const fd = fs.open(dir, O_RDONLY | O_DIRECTORY);
    expect(calls.getdents64(fd, 16)).toBe(-errno.EINVAL);
    fs.close(fd);
  });

  it('that are no names are refused by a Dir before any call', () => {
    const root = realHost().fs.openRoot(scratch.path());
    for (const bad of ['', '.', '..', 'a/b', '/', 'a\0b']) {
      expect(() => root.lstat(bad as Name)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
    root.close();
  });
});
