import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initAufs } from '../../../src/core/aufs/init.ts';
import { allDrivers } from '../../../src/core/drivers.ts';
import { compareTrees } from '../../../src/core/changes/compare-trees.ts';
import type { Driver } from '../../../src/core/driver.ts';
import { IncompatibleFilesystemError, NotSupportedError } from '../../../src/core/errors.ts';
import { layerId, type LayerId, type ParentId } from '../../../src/core/layer-id.ts';
import { join, O_CREAT, O_RDONLY, O_WRONLY, SystemError, type Host, type Path } from '../../../src/host/index.ts';
import { linux419, linux419Aufs, linux618UserNamespace, simHost, type KernelProfile } from '../../../src/sim/index.ts';
import { edits } from '../../laws/edits.ts';
import { fileMember, layers } from '../../laws/layer.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { runContainer, stackUp, streamOf, viewOf } from '../../laws/stack.ts';
import { readView } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { AufsWorld } from './world.ts';

const world = new AufsWorld();
const numRuns = fc.readConfigureGlobal().numRuns ?? 25;
const [one, two, three] = [layerId('one'), layerId('two'), layerId('three')];

/** Three layers, each on the one before. */
async function withThree(machine: Machine): Promise<Driver> {
  const driver = await openDriver(machine);
  await driver.create(one, '');
  await driver.create(two, one);
  await driver.createReadWrite(three, two);
  return driver;
}

async function changing(driver: Driver, id: LayerId, change: (root: Path) => void): Promise<void> {
  const root = await driver.get(id);
  try {
    change(root);
  } finally {
    await driver.put(id);
  }
}

function write(host: Host, path: Path, text: string): void {
  const fd = host.fs.open(path, O_WRONLY | O_CREAT, 0o644);
  host.fs.writeAll(fd, Buffer.from(text));
  host.fs.close(fd);
}

describe('a home of aufs', () => {
  it("is Docker's, to the mode", () =>
    onMachine(world, async (machine) => {
      await withThree(machine);
      const view = readView(machine.host, homeOf(machine));
      const lines = [...view].map(([path, { type, mode }]) => `${path} ${type} ${mode.toString(8)}`).sort();
      expect(lines).toEqual(
        [
          ...['/ directory 710', '/diff directory 710', '/layers directory 710', '/mnt directory 710'],
          ...['/held directory 700', '/unfinished directory 700'],
          ...['one', 'two', 'three'].flatMap((id) => [
            `/diff/${id} directory 755`,
            `/layers/${id} file 644`,
            `/mnt/${id} directory 755`,
          ]),
        ].sort(),
      );
      const contents = ['one', 'two', 'three'].map((id) => view.get(`/layers/${id}`)?.content);
      expect(contents).toEqual(['', 'one\n', 'two\none\n']);
    }));

  it('tells of itself what Docker tells', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      expect(await driver.status()).toEqual([
        ['Root Dir', homeOf(machine)],
        ['Backing Filesystem', 'extfs'],
        ['Dirs', '3'],
        ['Dirperm1 Supported', 'true'],
      ]);
      expect(await driver.getMetadata(three)).toEqual({});
      expect(await driver.parentOf(three)).toBe('two');
    }));

  it('loses what a removal that was cut short has left', () =>
    onMachine(world, async (machine) => {
      await withThree(machine);
      for (const name of ['diff/old-removing', 'mnt/old-removing'])
        machine.host.fs.mkdir(join(homeOf(machine), name), 0o755);
      await openDriver(machine);
      const left = [...readView(machine.host, homeOf(machine)).keys()].filter((path) => path.endsWith('-removing'));
      expect(left).toEqual([]);
    }));

  it('keeps a layer of which a note says that it is none', () =>
    onMachine(world, async (machine) => {
      await withThree(machine);
      const note = join(homeOf(machine), 'unfinished/two');
      write(machine.host, note, '');
      const driver = await openDriver(machine);
      expect(machine.host.fs.lstatIfExists(note)).toBeUndefined();
      expect([...(await viewOf(machine.host, driver, three)).keys()]).toEqual(['/']);
    }));

  it('keeps directories that belong to no layer, and gives them to none', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      machine.host.fs.mkdir(join(homeOf(machine), 'diff/found'), 0o755);
      await expect(driver.create(layerId('found'), '')).rejects.toThrow(/EEXIST.*belongs to no layer/);
      expect(await (await openDriver(machine)).exists(layerId('found'))).toBe(false);
      expect(machine.host.fs.lstatIfExists(join(homeOf(machine), 'diff/found'))).toBeDefined();
    }));
});

describe('opening aufs', () => {
  const opening = (profile: KernelProfile, home = '/graph/aufs', options: readonly string[] = []): Promise<Driver> =>
    initAufs({ host: simHost({ profile }), home: home as Path, options, durability: 'none', warn: () => undefined });

  it('needs a kernel that has it', async () => {
    await expect(opening(linux419)).rejects.toThrow(/^AUFS was not found in \/proc\/filesystems$/);
    await expect(opening(linux419)).rejects.toBeInstanceOf(NotSupportedError);
    const nested = { ...linux618UserNamespace, filesystems: linux419Aufs.filesystems };
    await expect(opening(nested)).rejects.toThrow(/^AUFS cannot be used in non-init user namespace$/);
  });

  it('needs a filesystem that can be a branch', async () => {
    const onBtrfs = { ...linux419Aufs, rootFilesystem: { type: 'btrfs', options: '' } };
    await expect(opening(onBtrfs)).rejects.toBeInstanceOf(IncompatibleFilesystemError);
    await expect(opening(onBtrfs)).rejects.toThrow('AUFS is not supported over btrfs');
  });

  it('refuses options, and homes that cannot be in the options of a mount', async () => {
    await expect(opening(linux419Aufs, '/aufs', ['aufs.size=1'])).rejects.toThrow('aufs: unknown option aufs.size');
    for (const home of ['/a,b', '/a:b', '/a=b']) await expect(opening(linux419Aufs, home)).rejects.toThrow(/EINVAL/);
  });

  it('is possible by its name, through the registry', async () => {
    const host = simHost({ profile: linux419Aufs });
    const config = { host, root: '/graph' as Path, options: [], durability: 'none' as const, warn: () => undefined };
    expect(await allDrivers().new('aufs', config)).toMatchObject({ name: 'aufs' });
    const without = { ...config, host: simHost({ profile: linux419 }) };
    await expect(allDrivers().new('aufs', without)).rejects.toBeInstanceOf(NotSupportedError);
  });
});

describe('creating layers', () => {
  it('refuses storage options, and what no branch can be called', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      const sized = driver.create(layerId('x'), one, { storageOptions: { size: '1G' } });
      await expect(sized).rejects.toThrow('--storage-opt is not supported for aufs');
      for (const id of ['x-removing', 'a=b', 'i'.repeat(250)]) {
        await expect(driver.create(layerId(id), one)).rejects.toThrow(/invalid layer id/);
      }
    }));

  it('leaves no names of aufs in a layer that an archive has filled', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      const archive = (): AsyncIterable<Uint8Array> => archiveOf(new Map([['/file', fileMember('x')]]));
      await driver.createFromDiff(one, '', archive());
      await driver.createFromDiff(two, one, archive());
      await driver.create(three, two);
      await driver.applyDiff(three, two, archive());
      for (const id of [one, two, three]) {
        expect(machine.host.fs.readdir(join(homeOf(machine), 'diff', id)).map(({ name }) => name)).toEqual(['file']);
      }
    }));

  it('gives the root the time that an archive tells, or that of the one below', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      const root = (id: LayerId): Path => join(homeOf(machine), 'diff', id);
      await driver.create(one, '');
      const time = { sec: 1000, nsec: 7 };
      fs.lutimens(root(one), time, time);
      const file = await tarOf([{ name: 'file' }]);
      await driver.createFromDiff(two, one, streamOf(file));
      await driver.create(three, two);
      await driver.applyDiff(three, two, streamOf(file));
      expect([two, three].map((id) => fs.lstat(root(id)).mtime)).toEqual([time, time]);
      const told = await tarOf([{ name: './', type: 'directory', mtime: new Date(5000) }]);
      await driver.createFromDiff(layerId('four'), three, streamOf(told));
      expect(fs.lstat(root(layerId('four'))).mtime).toEqual({ sec: 5, nsec: 0 });
    }));

  it('goes 126 layers down, over many pages of options', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      const id = (n: number): LayerId => layerId(`${'i'.repeat(60)}${n}`);
      for (let n = 0; n < 127; n += 1) await driver.create(id(n), n === 0 ? '' : id(n - 1));
      const tooDeep = driver.create(layerId('more'), id(126));
      await expect(tooDeep).rejects.toThrow('would have 127 layers below it, the limit is 126');
      await changing(driver, id(0), (root) => {
        write(machine.host, join(root, 'bottom'), 'x');
      });
      expect((await viewOf(machine.host, driver, id(126))).get('/bottom')?.content).toBe('x');
    }));

  it('gives the root what the one below has', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(one, '');
      machine.host.fs.chmod(join(homeOf(machine), 'diff/one'), 0o1777);
      await driver.create(two, one);
      expect(machine.host.fs.lstat(join(homeOf(machine), 'diff/two')).permissions).toBe(0o1777);
    }));
});

describe('holding layers', () => {
  it('mounts all but base layers, and leaves the mount point', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      const home = homeOf(machine);
      expect(await driver.get(one)).toBe(join(home, 'diff/one'));
      expect(await driver.get(three)).toBe(join(home, 'mnt/three'));
      expect(machine.host.mount.table().map(({ target }) => target)).toContain(join(home, 'mnt/three'));
      await driver.put(three);
      await driver.put(one);
      expect(machine.host.fs.lstatIfExists(join(home, 'mnt/three'))).toBeDefined();
    }));

  it('knows nothing of the faults of a path cache', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      const home = homeOf(machine);
      await driver.put(one);
      expect(await driver.get(one)).toBe(join(home, 'diff/one'));
      await driver.put(one);
      for (const id of [three, two, one]) await driver.remove(id);
      expect([...readView(machine.host, home).keys()].sort()).toEqual(machine.driver.emptyHome);
    }));

  it('tries to unmount what is busy for half a second, and counts the holder on', () =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await withThree(machine);
      const root = await driver.get(three);
      const fd = host.fs.open(root, O_RDONLY);
      const before = host.system.now();
      await expect(driver.put(three)).rejects.toMatchObject({ code: 'EBUSY' });
      const after = host.system.now();
      const waited = (after.sec - before.sec) * 1000 + (after.nsec - before.nsec) / 1e6;
      expect(Math.floor(waited / 100)).toBe(4);
      await expect(driver.remove(three)).rejects.toThrow(/EBUSY.*1 holder/);
      host.fs.close(fd);
      await driver.put(three);
      await driver.remove(three);
    }));

  it("says what the kernel refused in Docker's words", () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      machine.host.fs.rename(join(homeOf(machine), 'diff/one'), join(homeOf(machine), 'diff/other'));
      const { message } = await driver.get(three).then(
        () => new SystemError(1, 'none'),
        (error: unknown) => error as SystemError,
      );
      const target = `${homeOf(machine)}/mnt/three`;
      expect(message).toMatch(new RegExp(`^error creating aufs mount to ${target}: mount target=${target} data=br:`));
      expect(message).toMatch(/: invalid argument$/);
      expect(machine.host.mount.table().some(({ type }) => type === 'aufs')).toBe(false);
    }));

  it('leaves nothing mounted where a branch cannot be appended', async () => {
    const pages = new AufsWorld({ ...linux419Aufs, pageSize: 512 });
    await onMachine(pages, async (machine) => {
      const driver = await openDriver(machine);
      const ids = Array.from({ length: 5 }, (_, n) => layerId(`${'i'.repeat(100)}${n}`));
      for (const [n, id] of ids.entries()) await driver.create(id, ids[n - 1] ?? '');
      const [bottom = one] = ids;
      machine.host.fs.rename(join(homeOf(machine), 'diff', bottom), join(homeOf(machine), 'diff/other'));
      await expect(driver.get(ids[4] ?? one)).rejects.toThrow(/ flags=MS_REMOUNT data=append:/);
      expect(machine.host.mount.table().some(({ type }) => type === 'aufs')).toBe(false);
    });
  });

  it('keeps links of files below', () =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine);
      await driver.create(one, '');
      await changing(driver, one, (root) => {
        write(host, join(root, 'a'), 'low');
        host.fs.link(join(root, 'a'), join(root, 'b'));
      });
      await driver.createReadWrite(two, one);
      await changing(driver, two, (root) => {
        write(host, join(root, 'a'), 'new');
      });
      const names = (await viewOf(host, driver, two)).get('/b')?.names;
      expect(names).toEqual((await viewOf(host, driver, two)).get('/a')?.names);
      expect((await viewOf(host, driver, two)).get('/b')?.content).toBe('new');
      const changes = await driver.changes(two, one);
      expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['C /a', 'C /b']);
      // Its numbers mean nothing to the next mount.
      expect(host.fs.readdir(join(homeOf(machine), 'diff/two/.wh..wh.plnk'))).toEqual([]);
    }));

  it('ends for all at a cleanup', () =>
    onMachine(world, async (machine) => {
      const driver = await withThree(machine);
      await driver.get(three);
      await driver.get(three);
      await driver.get(one);
      await driver.cleanup();
      expect(machine.host.mount.table().some(({ type }) => type === 'aufs')).toBe(false);
      for (const id of [three, two, one]) await driver.remove(id);
    }));
});

describe('what a layer changes', () => {
  it('is told without a mount as a comparison of views tells it', () =>
    fc.assert(
      fc.asyncProperty(layers, edits, (stack, made) =>
        onMachine(world, async (machine) => {
          const { host } = machine;
          const driver = await openDriver(machine, { warn: () => undefined });
          const below = await stackUp(driver, stack);
          const parent: ParentId = below.at(-1) ?? '';
          await runContainer(host, driver, layerId('child'), parent, made);
          const told = await driver.changes(layerId('child'), parent);
          const newer = await driver.get(layerId('child'));
          const older = parent === '' ? undefined : await driver.get(parent);
          expect(told).toEqual(await compareTrees(host, { newer, older }));
        }),
      ),
      { numRuns },
    ));

  it('follows whiteouts between layers, opaque directories, and no symlinks', () =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine);
      await driver.create(one, '');
      await changing(driver, one, (root) => {
        for (const name of ['deleted', 'again']) write(host, join(root, name), 'x');
        host.fs.mkdir(join(root, 'd'), 0o755);
        write(host, join(root, 'd/old'), 'x');
        host.fs.symlink('d' as Path, join(root, 'link'));
      });
      await driver.create(two, one);
      await changing(driver, two, (root) => {
        host.fs.unlink(join(root, 'again'));
      });
      await driver.createReadWrite(three, two);
      await changing(driver, three, (root) => {
        host.fs.unlink(join(root, 'deleted'));
        write(host, join(root, 'again'), 'x');
        host.fs.unlink(join(root, 'd/old'));
        host.fs.rmdir(join(root, 'd'));
        host.fs.mkdir(join(root, 'd'), 0o755);
        write(host, join(root, 'd/new'), 'x');
        host.fs.unlink(join(root, 'link'));
        host.fs.mkdir(join(root, 'link'), 0o755);
      });
      await driver.create(layerId('four'), three);
      await changing(driver, layerId('four'), (root) => {
        // The first one's is hidden by the third one's directory.
        write(host, join(root, 'd/old'), 'y');
      });
      expect(await driver.changes(layerId('four'), three)).toEqual([
        { kind: 'C', path: '/d' },
        { kind: 'A', path: '/d/old' },
      ]);
      const changes = await driver.changes(three, two);
      expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
        'A /again',
        'C /d',
        'A /d/new',
        'D /d/old',
        'D /deleted',
        'C /link',
      ]);
    }));
});
