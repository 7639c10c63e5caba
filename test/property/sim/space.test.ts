import { describe, expect, it } from 'vitest';
import {
  AT_FDCWD,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_CREAT,
  O_RDWR,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import type { Path } from '../../../src/host/path.ts';
import { SimHost, SimMachine, type Process } from '../../../src/sim/index.ts';

/** What a tmpfs of a size holds (mm/shmem.c); test/privileged/posix compares it with a running kernel. */
function mounted(options: string): Process {
  const { init } = SimMachine.boot();
  init.mkdirat(AT_FDCWD, '/m', 0o755);
  expect(init.mount('t', '/m', 'tmpfs', 0, options)).toBe(0);
  return init;
}

function create(process: Process, path: string): number {
  return process.openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0o644);
}

function freeBlocks(process: Process): number {
  const answer = process.statfs('/m');
  return typeof answer === 'number' ? answer : answer.bfree;
}

describe('positions', () => {
  it('end where 63 bits do', () => {
    const process = mounted('');
    const fd = create(process, '/m/f');
    const last = 2 ** 63;
    const bytes = new Uint8Array(6);
    process.write(fd, bytes);
    expect(process.lseek(fd, 2 ** 62, SEEK_SET)).toBe(2 ** 62);
    expect(process.lseek(fd, 2 ** 62, SEEK_CUR)).toBe(-errno.EINVAL);
    expect(process.lseek(fd, last, SEEK_END)).toBe(-errno.EINVAL);
    expect(process.pread(fd, bytes, 2 ** 62)).toBe(0);
    expect(process.pread(fd, bytes, last)).toBe(-errno.EINVAL);
    expect(process.pwrite(fd, bytes, last)).toBe(-errno.EINVAL);
    expect(process.lseek(fd, last, SEEK_SET)).toBe(last);
    expect(process.write(fd, bytes)).toBe(-errno.EINVAL);
    expect(process.write(fd, new Uint8Array(0))).toBe(0);
  });
});

describe('a tmpfs with size=16k', () => {
  it('writes what there is room for, then ENOSPC', () => {
    const process = mounted('size=16k');
    const fd = create(process, '/m/f');
    expect(process.write(fd, new Uint8Array(20_000))).toBe(16_384);
    expect(process.write(fd, new Uint8Array(1))).toBe(-errno.ENOSPC);
    expect(process.pwrite(fd, new Uint8Array(10), 100)).toBe(10);
  });

  it('gives the room of a removed file back when its last descriptor is closed', () => {
    const process = mounted('size=16k');
    const fd = create(process, '/m/f');
    process.write(fd, new Uint8Array(8192));
    process.unlinkat(AT_FDCWD, '/m/f', 0);
    expect(freeBlocks(process)).toBe(2);
    process.close(fd);
    expect(freeBlocks(process)).toBe(4);
  });

  it('takes a page for a symlink target of 128 bytes and none for a shorter one', () => {
    const process = mounted('size=16k');
    process.symlinkat('x'.repeat(127), AT_FDCWD, '/m/s');
    expect(freeBlocks(process)).toBe(4);
    process.symlinkat('x'.repeat(128), AT_FDCWD, '/m/t');
    expect(freeBlocks(process)).toBe(3);
  });

  it('sets all pages of fallocate aside or none', () => {
    const process = mounted('size=16k');
    const fd = create(process, '/m/f');
    expect(process.fallocate(fd, 0, 0, 20_000)).toBe(-errno.ENOSPC);
    expect(freeBlocks(process)).toBe(4);
    expect(process.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 12_288)).toBe(0);
    expect(freeBlocks(process)).toBe(1);
  });
});

describe('a tmpfs with nr_inodes=3', () => {
  it('counts the root, every object and every further name', () => {
    const process = mounted('nr_inodes=3');
    expect(create(process, '/m/a')).toBeGreaterThanOrEqual(0);
    expect(process.linkat(AT_FDCWD, '/m/a', AT_FDCWD, '/m/b', 0)).toBe(0);
    expect(process.mkdirat(AT_FDCWD, '/m/d', 0o755)).toBe(-errno.ENOSPC);
    expect(process.unlinkat(AT_FDCWD, '/m/b', 0)).toBe(0);
    expect(process.mkdirat(AT_FDCWD, '/m/d', 0o755)).toBe(0);
  });
});

describe('an object that is gone while an overlay shows it by another name', () => {
  it('gives the space of its attributes back once', () => {
    const machine = SimMachine.boot();
    const { init } = machine;
    const { fs } = new SimHost(machine);
    const mkdir = (...names: readonly string[]): void => {
      for (const name of names) fs.mkdir(name as Path, 0o755);
    };
    const overlay = (at: string, options: string): void => {
      expect(init.mount('overlay', at, 'overlay', 0, options)).toBe(0);
    };
    const freeInodes = (): unknown => init.statfs('/upper');
    mkdir(
      '/upper',
      '/lower',
      '/m',
      '/n',
      '/lower/1',
      '/lower/1/n1',
      '/lower/1/n1/a',
      '/lower/2',
      '/lower/3',
      '/lower/3/a',
    );
    fs.lsetxattr('/lower/1/n1' as Path, 'trusted.overlay.redirect', Buffer.from('/a'));
    fs.symlink('nowhere' as Path, '/lower/3/a/b' as Path);
    expect(init.mount('t', '/upper', 'tmpfs', 0, 'nr_inodes=50')).toBe(0);
    mkdir('/upper/nu', '/upper/nw', '/upper/u', '/upper/w');
    overlay('/n', 'lowerdir=/lower/1:/lower/2:/lower/3,upperdir=/upper/nu,workdir=/upper/nw');
    overlay('/m', 'lowerdir=/n,upperdir=/upper/u,workdir=/upper/w,redirect_dir=follow');
    fs.lstat('/m/n1/b' as Path);
    const attribute = 'trusted.large';
    fs.lsetxattr('/m/a/b' as Path, attribute, new Uint8Array(8192));
    fs.unlink('/m/a/b' as Path);
    const free = freeInodes();
    expect(fs.lgetxattr('/m/n1/b' as Path, attribute)).toHaveLength(8192);
    fs.lsetxattr('/m/n1/b' as Path, 'trusted.other', new Uint8Array(8192));
    expect(freeInodes()).toEqual(free);
    fs.lremovexattr('/m/n1/b' as Path, attribute);
    expect(freeInodes()).toEqual(free);
  });
});

describe('a remount of a tmpfs', () => {
  it('cannot make it smaller than it is used', () => {
    const process = mounted('size=16k');
    process.write(create(process, '/m/f'), new Uint8Array(8192));
    expect(process.mount(undefined, '/m', undefined, 32, 'size=4k')).toBe(-errno.EINVAL);
    expect(process.mount(undefined, '/m', undefined, 32, 'size=8k')).toBe(0);
    expect(freeBlocks(process)).toBe(0);
  });
});

describe('holes', () => {
  it('are what was neither written nor is any more', () => {
    const process = mounted('');
    const fd = create(process, '/m/f');
    process.pwrite(fd, new Uint8Array(4096), 8192);
    process.pwrite(fd, new Uint8Array(1), 2 ** 40);
    expect(process.lseek(fd, 0, SEEK_DATA)).toBe(8192);
    expect(process.lseek(fd, 8192, SEEK_HOLE)).toBe(12_288);
    expect(process.lseek(fd, 12_288, SEEK_DATA)).toBe(2 ** 40);
    process.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096);
    expect(process.lseek(fd, 0, SEEK_DATA)).toBe(2 ** 40);
    expect(process.lseek(fd, 2 ** 40 + 1, SEEK_DATA)).toBe(-errno.ENXIO);
  });
});
