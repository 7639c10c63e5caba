import { describe, expect, it } from 'vitest';
import {
  AT_FDCWD,
  DT_DIR,
  DT_UNKNOWN,
  O_DIRECTORY,
  O_RDWR,
  O_TMPFILE,
  RENAME_WHITEOUT,
  S_IFCHR,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { isSystemError } from '../../../src/host/error.ts';
import { filesystemMagic } from '../../../src/host/filesystem-magic.ts';
import { pathFromText } from '../../../src/host/path.ts';
import {
  linux419,
  linux510Zfs,
  linux618,
  linux618Btrfs,
  linux618Ext4,
  linux618Nfs,
  linux618UserNamespace,
  linux618XfsWithoutFtype,
  linuxWithoutOverlay,
  simHost,
  SimMachine,
} from '../../../src/sim/index.ts';

/** What a driver's probes see of a host. */
describe('a profile', () => {
  it.each([
    [linux618, filesystemMagic.tmpfs],
    [linux618Ext4, filesystemMagic.extfs],
    [linux618XfsWithoutFtype, filesystemMagic.xfs],
    [linux618Btrfs, filesystemMagic.btrfs],
    [linux618Nfs, filesystemMagic.nfs],
    [linux510Zfs, filesystemMagic.zfs],
  ] as const)('$name has its magic number', (profile, magic) => {
    expect(simHost({ profile }).statfs(pathFromText('/')).type).toBe(magic);
  });

  it('without d_type tells no types of entries', () => {
    const typeIn = (profile: typeof linux618): number | undefined => {
      const { fs } = simHost({ profile });
      fs.mkdir(pathFromText('/d'), 0o755);
      return fs.readdir(pathFromText('/'))[0]?.type;
    };
    expect([typeIn(linux618), typeIn(linux618XfsWithoutFtype)]).toEqual([DT_DIR, DT_UNKNOWN]);
  });

  it('of nfs has neither nameless files, whiteouts by rename, trusted attributes nor handles', () => {
    const { init } = SimMachine.boot({ profile: linux618Nfs });
    init.mkdirat(AT_FDCWD, '/d', 0o755);
    expect(init.openat(AT_FDCWD, '/', O_TMPFILE | O_RDWR, 0o600)).toBe(-errno.EOPNOTSUPP);
    expect(init.renameat2(AT_FDCWD, '/d', AT_FDCWD, '/e', RENAME_WHITEOUT)).toBe(-errno.EINVAL);
    expect(init.setxattrat(AT_FDCWD, '/d', 0, 'trusted.x', new Uint8Array(1), 0)).toBe(-errno.EOPNOTSUPP);
    expect(init.name_to_handle_at(AT_FDCWD, '/d', 0)).toBe(-errno.EOPNOTSUPP);
  });

  it('lists its filesystems, and mounts no other', () => {
    const host = simHost({ profile: linuxWithoutOverlay });
    expect(host.procFilesystems()).toContain('nodev\ttmpfs\n');
    expect(host.procFilesystems()).not.toContain('overlay');
    expect(host.calls.mount('o', '/', 'overlay', 0, undefined)).toBe(-errno.ENODEV);
  });

  it('of an old kernel has no new mount API', () => {
    const { fs, mount } = simHost({ profile: linux419 });
    fs.mkdir(pathFromText('/m'), 0o755);
    const fails = (): void => {
      mount.fsmount('tmpfs', pathFromText('/m'), [], 0);
    };
    expect(fails).toThrow();
    try {
      fails();
    } catch (error) {
      expect(isSystemError(error, 'ENOSYS')).toBe(true);
    }
  });

  it('tells its settings as the system does', () => {
    const { system } = simHost({ profile: linux618, environment: { DOCKER_DRIVER: 'vfs' } });
    expect(system.kernelRelease()).toBe('6.18.44');
    expect(system.pageSize()).toBe(4096);
    expect(system.moduleParameter('overlay', 'redirect_dir')).toBe('N');
    expect(system.moduleParameter('overlay', 'toString')).toBeUndefined();
    expect(system.environment('DOCKER_DRIVER')).toBe('vfs');
    expect(system.inUserNamespace()).toBe(false);
  });

  it('of a user namespace lets its root mount tmpfs and make whiteouts, but no devices and no trusted attributes', () => {
    const host = simHost({ profile: linux618UserNamespace });
    const { calls } = host;
    expect(host.system.inUserNamespace()).toBe(true);
    calls.mkdirat(AT_FDCWD, '/m', 0o755);
    expect(calls.mount('t', '/m', 'tmpfs', 0, undefined)).toBe(0);
    expect(calls.mount('t', '/m', 'ramfs', 0, undefined)).toBe(-errno.EPERM);
    expect(calls.mknodat(AT_FDCWD, '/m/null', S_IFCHR | 0o666, 0x103)).toBe(-errno.EPERM);
    expect(calls.mknodat(AT_FDCWD, '/m/whiteout', S_IFCHR, 0)).toBe(0);
    expect(calls.setxattrat(AT_FDCWD, '/m', 0, 'trusted.x', new Uint8Array(1), 0)).toBe(-errno.EPERM);
    expect(calls.setxattrat(AT_FDCWD, '/m', 0, 'user.x', new Uint8Array(1), 0)).toBe(0);
  });
});

describe('sleeping', () => {
  it('moves the clock of the machine and takes no time', async () => {
    const { system } = simHost({ clock: { sec: 10, nsec: 0 } });
    const started = performance.now();
    await system.sleep(90_000_000);
    expect(system.now().sec).toBe(90_010);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('a directory that is removed while a process stands in it', () => {
  it('has no name, no entries and cannot be filled', () => {
    const { init } = SimMachine.boot();
    init.mkdirat(AT_FDCWD, '/d', 0o755);
    init.chdir('/d');
    const fd = init.openat(AT_FDCWD, '.', O_DIRECTORY, 0);
    init.unlinkat(AT_FDCWD, '/d', 0x200);
    expect(init.getcwd()).toBe(-errno.ENOENT);
    expect(init.getdents64(fd, 4096)).toBe(-errno.ENOENT);
    expect(init.mkdirat(AT_FDCWD, 'x', 0o755)).toBe(-errno.ENOENT);
  });
});
