import { describe, expect, it, test } from 'vitest';
import { layerId } from '../../../src/core/layer-id.ts';
import { parseSize } from '../../../src/core/size-option.ts';
import {
  linux618,
  linux618Ext4,
  linux618Ext4Quotas,
  linux618UserNamespace,
  linux618XfsQuotas,
  SimHost,
  simHost,
} from '../../../src/sim/index.ts';
import {
  isSystemError,
  O_CREAT,
  O_WRONLY,
  O_DIRECTORY,
  O_RDONLY,
  S_IFBLK,
  type Path,
} from '../../../src/host/index.ts';
import { diffsAreLimited, enforcements, layersAreLimited, makingTakesRoom } from '../../laws/quota.ts';
import { vfs } from '../../laws/vfs.ts';
import { homeOf, initDriver, onMachine, openDriver, overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

describe.each([
  [overlay2(), linux618XfsQuotas, enforcements.xfs],
  [overlay2(), linux618Ext4Quotas, enforcements.ext4],
  [vfs, linux618XfsQuotas, enforcements.xfs],
  [vfs, linux618Ext4Quotas, enforcements.ext4],
])('$name with project quotas on %o', (driver, profile, enforcement) => {
  const world = new SimWorld(driver, profile);

  it('limits layers', () => layersAreLimited(world, enforcement));
  it('limits what is applied to them', () => diffsAreLimited(world, enforcement));
  it('leaves the room that making anything takes', () => makingTakesRoom(world, enforcement));
});

describe('vfs refuses sizes', () => {
  const text = 'Filesystem does not support, or has not enabled quotas';

  test.each([linux618, linux618Ext4, linux618UserNamespace])('in the words of Docker on $name', async (profile) => {
    await onMachine(new SimWorld(vfs, profile), async (machine) => {
      const { host } = machine;
      await expect(openDriver(machine, { options: ['size=1g'] })).rejects.toThrow(new RegExp(`^${text}$`));
      await expect(openDriver(machine, { options: ['size=much'] })).rejects.toThrow("invalid size: 'much'");
      const driver = await openDriver(machine);
      const create = (storageOptions: Record<string, string>): Promise<void> =>
        driver.createReadWrite(layerId('a'), '', { storageOptions });
      await expect(create({ size: '1g' })).rejects.toThrow(text);
      await expect(create({ inodes: '5' })).rejects.toThrow('Storage opt inodes not supported');
      await expect(driver.create(layerId('a'), '', { storageOptions: { size: '1g' } })).rejects.toThrow(
        '--storage-opt is not supported for vfs on read-only layers',
      );
      expect(await driver.list()).toEqual([]);
      expect(
        host.fs
          .readdir(homeOf(machine))
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['dir', 'parents']);
    });
  });
});

describe('overlay2 refuses sizes', () => {
  test.each([
    [linux618, 'Storage Option overlay2.size only supported for backingFS XFS. Found tmpfs'],
    [
      linux618Ext4,
      'Storage option overlay2.size not supported. Filesystem does not support Project Quota: ' +
        'Filesystem does not support, or has not enabled quotas',
    ],
  ])('as an option on $name', async (profile, message) => {
    const world = new SimWorld(overlay2(), profile);
    await onMachine(world, async (machine) => {
      const { host, driver } = machine;
      const init = { host, home: homeOf(machine), options: ['overlay2.size=10G'], durability: 'none' } as const;
      await expect(driver.init({ ...init, warn: () => undefined })).rejects.toThrow(message);
      await initDriver(machine, () => undefined);
      expect(host.fs.readdir(homeOf(machine)).map(({ name }) => name)).toEqual(['l']);
    });
  });

  test.each([linux618, linux618Ext4, linux618UserNamespace])('of a layer on $name', async (profile) => {
    await onMachine(new SimWorld(overlay2(), profile), async (machine) => {
      const driver = await openDriver(machine);
      for (const key of ['size', 'SIZE']) {
        const storageOptions = { [key]: '1g' };
        await expect(driver.createReadWrite(layerId('a'), '', { storageOptions })).rejects.toThrow(
          "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
        );
        await expect(driver.create(layerId('a'), '', { storageOptions })).rejects.toThrow(
          /^--storage-opt size is only supported for ReadWrite Layers$/,
        );
      }
      await expect(driver.create(layerId('a'), '', { storageOptions: { Inodes: '5' } })).rejects.toThrow(
        /^Unknown option inodes$/,
      );
      expect(machine.host.fs.readdir(homeOf(machine)).map(({ name }) => name)).toEqual(['l']);
    });
  });

  test.each([
    ['4096', 4096],
    ['4096 ', 4096],
    ['7b', 7],
    ['7 B', 7],
    ['10G', 10 * 2 ** 30],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2kb', 2048],
    ['.3KB', 307],
    ['2.m', 2 * 2 ** 20],
    ['1e3', 1000],
    ['+1T', 2 ** 40],
    ['3PiB', 3 * 2 ** 50],
  ])('but reads %j', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    ['', "invalid size: ''"],
    ['G', "invalid size: 'G'"],
    ['-1', "invalid size: '-1'"],
    ['8192P', "invalid size: '8192P'"],
    ['1x', "invalid suffix: 'x'"],
    ['1ki', "invalid suffix: 'ki'"],
    ['1IB', "invalid suffix: 'ib'"],
    ['1bb', "invalid suffix: 'bb'"],
    ['1 kb/s', "invalid suffix: 'kb/s'"],
    ['1 0', 'strconv.ParseFloat: parsing "1 0": invalid syntax'],
    ['1  k', 'strconv.ParseFloat: parsing "1 ": invalid syntax'],
    ['1..5', 'strconv.ParseFloat: parsing "1..5": invalid syntax'],
    ['. ', 'strconv.ParseFloat: parsing ".": invalid syntax'],
  ])('such as %j', (text, message) => {
    expect(() => parseSize(text)).toThrow(new RegExp(`^${message.replaceAll('.', '\\.')}$`));
  });
});

describe('projects of the simulated kernel', () => {
  const directory = '/project' as Path;

  function start(): SimHost {
    const host = simHost({ profile: linux618XfsQuotas });
    host.fs.mknod('/device' as Path, S_IFBLK | 0o600, host.fs.stat('/' as Path).dev);
    host.fs.mkdir(directory, 0o755);
    const fd = host.fs.open(directory, O_RDONLY | O_DIRECTORY);
    host.fs.setProject(fd, { id: 7, inherits: true });
    host.fs.close(fd);
    host.fs.setProjectQuota('/device' as Path, 7, 50 * 8);
    return host;
  }

  function write(host: SimHost, path: Path, bytes: number): number {
    const fd = host.fs.open(path, O_WRONLY | O_CREAT, 0o644);
    try {
      return host.calls.write(fd, Buffer.alloc(bytes));
    } finally {
      host.fs.close(fd);
    }
  }

  it('are inherited, counted, and survive a clone', () => {
    const host = new SimHost(start().machine.clone());
    expect(write(host, '/project/a' as Path, 4096)).toBe(4096);
    expect(write(host, '/project/c' as Path, 0)).toBe(0);
    expect(host.fs.getProjectQuota('/device' as Path, 7)).toEqual({ limit: 400, used: 8 });
    const clone = new SimHost(host.machine.clone());
    // Written in part, as far as there is room; then not at all.
    expect(write(clone, '/project/b' as Path, 300_000)).toBe(49 * 4096);
    expect(write(clone, '/project/c' as Path, 1)).toBe(-28);
    expect(write(clone, '/outside' as Path, 300_000)).toBe(300_000);
    clone.fs.unlink('/project/a' as Path);
    expect(write(clone, '/project/c' as Path, 1)).toBe(1);
    expect(host.fs.getProjectQuota('/device' as Path, 7).used).toBe(8);
  });

  it('take no file of another project in (EXDEV), but may leave with all they hold', () => {
    const host = start();
    write(host, '/outside' as Path, 1);
    const attempt = (act: () => void): string => {
      try {
        act();
        return 'done';
      } catch (error) {
        return isSystemError(error) ? error.code : String(error);
      }
    };
    expect(
      attempt(() => {
        host.fs.link('/outside' as Path, '/project/link' as Path);
      }),
    ).toBe('EXDEV');
    expect(
      attempt(() => {
        host.fs.rename('/outside' as Path, '/project/moved' as Path);
      }),
    ).toBe('EXDEV');
    expect(
      attempt(() => {
        host.fs.rename(directory, '/elsewhere' as Path);
      }),
    ).toBe('done');
  });
});
