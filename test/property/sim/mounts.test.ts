import { describe, expect, it } from 'vitest';
import {
  AT_FDCWD,
  MNT_DETACH,
  MS_BIND,
  MS_MANDLOCK,
  MS_MOVE,
  MS_NODEV,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  MS_UNBINDABLE,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_WRONLY,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { SimMachine, type Process } from '../../../src/sim/index.ts';

/** Rules of the table of mounts (fs/namespace.c); test/privileged/posix compares them with a running kernel. */
function machineWith(...directories: readonly string[]): { readonly machine: SimMachine; readonly init: Process } {
  const machine = SimMachine.boot();
  for (const path of directories) expect(machine.init.mkdirat(AT_FDCWD, path, 0o755)).toBe(0);
  return { machine, init: machine.init };
}

function touch(process: Process, path: string): number {
  const fd = process.openat(AT_FDCWD, path, O_WRONLY | O_CREAT, 0o644);
  return fd < 0 ? fd : process.close(fd);
}

describe('mountinfo', () => {
  // As Linux 6.18 prints these mounts.
  it.each([
    [0, '/a b', '/ /a\\040b rw,relatime - tmpfs s\\043r\\040c rw'],
    [MS_UNBINDABLE, '/m', '/ /m rw,relatime unbindable - tmpfs s\\043r\\040c rw'],
    [MS_REMOUNT | MS_BIND | MS_NOSYMFOLLOW, '/m', '/ /m rw,relatime,nosymfollow - tmpfs s\\043r\\040c rw'],
    [MS_REMOUNT | MS_MANDLOCK, '/m', '/ /m rw,relatime - tmpfs s\\043r\\040c rw,mand'],
  ])('shows a mount changed with %i', (flags, target, line) => {
    const { machine, init } = machineWith(target);
    init.mount('s#r c', target, 'tmpfs', 0, undefined);
    if (flags !== 0) init.mount(undefined, target, undefined, flags, undefined);
    expect(machine.mountinfo().trimEnd().split(' ').slice(3).join(' ')).toContain(line);
  });
});

describe('mount(2)', () => {
  it.each([
    ['a type that is not there', 'nosuchfs', '/m', 'ENODEV'],
    ['a place that is not there', 'tmpfs', '/none', 'ENOENT'],
    ['a file', 'tmpfs', '/f', 'ENOTDIR'],
  ] as const)('refuses %s', (_what, type, target, code) => {
    const { init } = machineWith('/m');
    touch(init, '/f');
    expect(init.mount('x', target, type, 0, undefined)).toBe(-errno[code]);
  });

  it('refuses words that a filesystem does not know, and says which', () => {
    const { machine, init } = machineWith('/m');
    expect(init.mount('x', '/m', 'tmpfs', 0, 'bogus=1')).toBe(-errno.EINVAL);
    expect(machine.dmesg.at(-1)).toBe("tmpfs: Unknown parameter 'bogus'");
  });

  it('is for those who may administer the namespace', () => {
    const { machine } = machineWith('/m');
    const user = machine.spawn({ uid: 1000, gid: 1000, groups: [], umask: 0o022 });
    if (typeof user === 'number') throw new Error('no process');
    expect(user.mount('x', '/m', 'tmpfs', 0, undefined)).toBe(-errno.EPERM);
    expect(user.umount2('/m', 0)).toBe(-errno.EPERM);
  });

  it('hides what lies below until it is unmounted, and stacks', () => {
    const { init } = machineWith('/m');
    touch(init, '/m/below');
    init.mount('1', '/m', 'tmpfs', 0, undefined);
    touch(init, '/m/first');
    init.mount('2', '/m', 'tmpfs', 0, undefined);
    expect(init.faccessat2(AT_FDCWD, '/m/first', 0, 0)).toBe(-errno.ENOENT);
    init.umount2('/m', 0);
    expect(init.faccessat2(AT_FDCWD, '/m/first', 0, 0)).toBe(0);
    init.umount2('/m', 0);
    expect(init.faccessat2(AT_FDCWD, '/m/below', 0, 0)).toBe(0);
    expect(init.umount2('/m', 0)).toBe(-errno.EINVAL);
  });
});

describe('umount2(2)', () => {
  it('is EBUSY while a file is open, a process stands there or something lies on it', () => {
    const { init } = machineWith('/m');
    init.mount('x', '/m', 'tmpfs', 0, undefined);
    const fd = init.openat(AT_FDCWD, '/m', O_RDONLY | O_DIRECTORY, 0);
    expect(init.umount2('/m', 0)).toBe(-errno.EBUSY);
    init.close(fd);
    init.chdir('/m');
    expect(init.umount2('/m', 0)).toBe(-errno.EBUSY);
    init.chdir('/');
    init.mkdirat(AT_FDCWD, '/m/in', 0o755);
    init.mount('y', '/m/in', 'tmpfs', 0, undefined);
    expect(init.umount2('/m', 0)).toBe(-errno.EBUSY);
    init.umount2('/m/in', 0);
    expect(init.umount2('/m', 0)).toBe(0);
  });

  it('with MNT_DETACH leaves the mount to those who use it', () => {
    const { init, machine } = machineWith('/m');
    init.mount('x', '/m', 'tmpfs', 0, undefined);
    const fd = init.openat(AT_FDCWD, '/m/f', O_WRONLY | O_CREAT, 0o644);
    expect(init.umount2('/m', MNT_DETACH)).toBe(0);
    expect(machine.mountinfo()).not.toContain(' /m ');
    expect(init.write(fd, Buffer.from('x'))).toBe(1);
    expect([...machine.kernel.mounts.mounts]).toHaveLength(2);
    init.close(fd);
    expect([...machine.kernel.mounts.mounts]).toHaveLength(1);
  });
});

describe('bind mounts', () => {
  it('show one tree twice, are another mount, and carry what lies below with MS_REC only', () => {
    const { init } = machineWith('/a', '/a/in', '/b', '/c');
    init.mount('x', '/a/in', 'tmpfs', 0, undefined);
    touch(init, '/a/in/f');
    expect(init.mount('/a', '/b', undefined, MS_BIND, undefined)).toBe(0);
    expect(init.mount('/a', '/c', undefined, MS_BIND | MS_REC, undefined)).toBe(0);
    expect(init.faccessat2(AT_FDCWD, '/b/in/f', 0, 0)).toBe(-errno.ENOENT);
    expect(init.faccessat2(AT_FDCWD, '/c/in/f', 0, 0)).toBe(0);
    touch(init, '/a/g');
    expect(init.linkat(AT_FDCWD, '/a/g', AT_FDCWD, '/b/h', 0)).toBe(-errno.EXDEV);
    expect(init.renameat2(AT_FDCWD, '/a/g', AT_FDCWD, '/b/h', 0)).toBe(-errno.EXDEV);
  });

  it('become read-only alone', () => {
    const { init } = machineWith('/a', '/b');
    init.mount('/a', '/b', undefined, MS_BIND, undefined);
    expect(init.mount(undefined, '/b', undefined, MS_REMOUNT | MS_BIND | MS_RDONLY, undefined)).toBe(0);
    expect(touch(init, '/b/f')).toBe(-errno.EROFS);
    expect(touch(init, '/a/f')).toBe(0);
    expect(init.unlinkat(AT_FDCWD, '/b/f', 0)).toBe(-errno.EROFS);
    expect(init.mkdirat(AT_FDCWD, '/b/f', 0o755)).toBe(-errno.EEXIST);
  });

  it('move', () => {
    const { init, machine } = machineWith('/a', '/b');
    init.mount('x', '/a', 'tmpfs', 0, undefined);
    expect(init.mount('/a', '/b', undefined, MS_MOVE, undefined)).toBe(0);
    expect(machine.mountTable().map(({ target }) => target)).toEqual(['/', '/b']);
    expect(init.mount('/a', '/b', undefined, MS_MOVE, undefined)).toBe(-errno.EINVAL);
  });
});

describe('a remount', () => {
  it('to read-only is EBUSY while a file is open for writing', () => {
    const { init } = machineWith('/m');
    init.mount('x', '/m', 'tmpfs', 0, undefined);
    const fd = init.openat(AT_FDCWD, '/m/f', O_WRONLY | O_CREAT, 0o644);
    expect(init.mount(undefined, '/m', undefined, MS_REMOUNT | MS_RDONLY, undefined)).toBe(-errno.EBUSY);
    init.close(fd);
    expect(init.mount(undefined, '/m', undefined, MS_REMOUNT | MS_RDONLY, undefined)).toBe(0);
    expect(touch(init, '/m/g')).toBe(-errno.EROFS);
  });

  it('keeps devices from being opened with nodev', () => {
    const { init } = machineWith('/m');
    init.mount('x', '/m', 'tmpfs', MS_NODEV, undefined);
    init.mknodat(AT_FDCWD, '/m/null', 0o020666, 0x103);
    expect(init.openat(AT_FDCWD, '/m/null', O_RDONLY, 0)).toBe(-errno.EACCES);
  });
});

describe('names below mounts', () => {
  it('are busy as mountpoints', () => {
    const { init } = machineWith('/m');
    init.mount('x', '/m', 'tmpfs', 0, undefined);
    expect(init.unlinkat(AT_FDCWD, '/m', 0x200)).toBe(-errno.EBUSY);
    expect(init.renameat2(AT_FDCWD, '/m', AT_FDCWD, '/n', 0)).toBe(-errno.EBUSY);
  });

  it('have the directory above the mountpoint as their ..', () => {
    const { init } = machineWith('/a', '/a/m');
    init.mount('x', '/a/m', 'tmpfs', 0, undefined);
    touch(init, '/a/here');
    expect(init.faccessat2(AT_FDCWD, '/a/m/../here', 0, 0)).toBe(0);
    init.chdir('/a/m');
    expect(init.getcwd()).toBe('/a/m');
  });
});
