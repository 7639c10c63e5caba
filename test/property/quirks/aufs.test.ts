import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId, type LayerId, type ParentId } from '../../../src/core/layer-id.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { join, type Path } from '../../../src/host/index.ts';
import { layerOf } from '../../laws/archive-meaning.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { bytesOf, streamOf } from '../../laws/stack.ts';
import { inTree } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver, type Machine } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { tarOf, type Member } from '../image/images.ts';

const [base, middle, top] = [layerId('base'), layerId('middle'), layerId('top')];
const world = new AufsWorld();

function run<T>(quirks: readonly Quirk[], action: (driver: Driver, machine: Machine) => Promise<T>): Promise<T> {
  return onMachine(world, async (machine) => action(await openDriver(machine, { quirks: new Set(quirks) }), machine));
}

async function add(driver: Driver, id: LayerId, parent: ParentId, ...members: readonly Member[]): Promise<void> {
  await driver.createFromDiff(id, parent, streamOf(await tarOf(members)));
}

async function changes(driver: Driver, id: LayerId, parent: ParentId): Promise<readonly string[]> {
  return (await driver.changes(id, parent)).map(({ kind, path }) => `${kind} ${path}`);
}

function directory(name: string, mtime = 0): Member {
  return { name, type: 'directory', mtime: new Date(mtime) };
}

describe('cache-paths', () => {
  const isThere = ({ host }: Machine, path: Path): boolean => host.fs.lstatIfExists(path) !== undefined;

  it('leaves the mount point of a base layer that somebody got, which does no harm to the next of its name', async () => {
    const left = (...quirks: readonly Quirk[]): Promise<boolean> =>
      run(quirks, async (driver, machine) => {
        await driver.create(base, '');
        await driver.get(base);
        await driver.put(base);
        await driver.remove(base);
        const point = isThere(machine, join(homeOf(machine), 'mnt/base'));
        expect(isThere(machine, join(homeOf(machine), 'diff/base'))).toBe(false);
        await driver.create(base, '');
        expect(await driver.get(base)).toBe(join(homeOf(machine), 'diff/base'));
        return point;
      });
    expect(await left()).toBe(false);
    expect(await left('cache-paths')).toBe(true);
  });

  it('shows an empty directory for a base layer that was put before, as long as the driver is open', async () => {
    const shown = (...quirks: readonly Quirk[]): Promise<readonly boolean[]> =>
      run(quirks, async (driver, machine) => {
        await add(driver, base, '', { name: 'file' });
        await driver.put(base);
        const again = await openDriver(machine, { quirks: new Set(quirks) });
        const views = [await driver.get(base), await again.get(base)];
        return views.map((view) => isThere(machine, inTree(view, '/file')));
      });
    expect(await shown()).toEqual([true, true]);
    expect(await shown('cache-paths')).toEqual([false, true]);
  });

  it('mounts what has a parent all the same', () =>
    run(['cache-paths'], async (driver, machine) => {
      await add(driver, base, '', { name: 'file' });
      await driver.create(middle, base);
      await driver.put(middle);
      expect(isThere(machine, inTree(await driver.get(middle), '/file'))).toBe(true);
      await driver.put(middle);
      await driver.remove(middle);
      expect(isThere(machine, join(homeOf(machine), 'mnt/middle'))).toBe(false);
    }));
});

describe('walk-branches', () => {
  const told = (quirks: readonly Quirk[], build: (driver: Driver) => Promise<void>): Promise<readonly string[]> =>
    run(quirks, async (driver) => {
      await build(driver);
      return changes(driver, top, middle);
    });

  it.each([
    [
      'looks through whiteouts between layers',
      [{ name: 'file' }],
      [{ name: '.wh.file' }],
      [{ name: 'file' }],
      ['A /file'],
      ['C /file'],
    ],
    [
      'takes the mark of an opaque directory for a whiteout of a name',
      [{ name: 'd/old' }],
      [],
      [{ name: '.wh.d' }, directory('d/'), { name: 'd/new' }],
      ['C /d', 'A /d/new', 'D /d/old'],
      ['C /d', 'D /d/.wh..opq', 'A /d/new'],
    ],
    [
      'follows symlinks',
      [{ name: 'real/f' }, { name: 'link', type: 'symlink', linkname: 'real' }],
      [],
      [{ name: '.wh.link' }, directory('link/'), { name: 'link/f' }],
      ['C /link', 'A /link/f'],
      ['C /link', 'D /link/.wh..opq', 'C /link/f'],
    ],
    [
      'lists the directory of what is added or deleted, and a directory of another time',
      [{ name: 'd/old' }, { name: 'e/f' }],
      [],
      [{ name: 'd/.wh.old' }, { name: 'd/new' }, directory('e/', 5000)],
      ['C /d', 'A /d/new', 'D /d/old'],
      ['C /d', 'A /d/new', 'D /d/old', 'C /e'],
    ],
  ] as const)('%s', async (_what, below, between, above, rightly, wrongly) => {
    const build = async (driver: Driver): Promise<void> => {
      await add(driver, base, '', ...below);
      await add(driver, middle, base, ...between);
      await add(driver, top, middle, ...above);
    };
    expect(await told([], build)).toEqual(rightly);
    expect(await told(['walk-branches'], build)).toEqual(wrongly);
  });

  it('ends the list where a name vanishes', async () => {
    const found = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      onMachine(world, async (machine) => {
        const faulty = new FaultyHost(machine.host);
        const driver = await openDriver({ ...machine, host: faulty.host }, { quirks: new Set(quirks) });
        await add(driver, base, '', { name: 'a' }, { name: 'b' }, { name: 'c' });
        faulty.armAt('fstatat', 'ENOENT', 'b');
        return changes(driver, base, '');
      });
    expect(await found()).toEqual(['A /a', 'A /c']);
    expect(await found('walk-branches')).toEqual(['A /a']);
  });
});

describe('ignore-parent', () => {
  it('diffs a layer against its own parent, whatever is asked', async () => {
    const names = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      run(quirks, async (driver) => {
        await add(driver, base, '', { name: 'below' });
        await add(driver, middle, base, { name: 'own' });
        expect(await changes(driver, middle, '')).toEqual(quirks.length === 0 ? ['A /below', 'A /own'] : ['A /own']);
        return [...layerOf(await bytesOf(await driver.diff(middle, ''))).keys()].filter((path) => path !== '/');
      });
    expect(await names()).toEqual(['/below', '/own']);
    expect(await names('ignore-parent')).toEqual(['/own']);
  });
});

describe('keep-failed-layers', () => {
  it('leaves a base layer where the parent is unknown', async () => {
    const left = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      run(quirks, async (driver, machine) => {
        await expect(driver.create(middle, base)).rejects.toThrow(/^ENOENT/);
        const { fs } = machine.host;
        const names = ['mnt', 'diff', 'layers'].flatMap((part) => fs.readdir(join(homeOf(machine), part)));
        expect(names).toHaveLength(3 * (await driver.list()).length);
        if (await driver.exists(middle)) expect(await driver.parentOf(middle)).toBe('');
        return (await openDriver(machine, { quirks: new Set(quirks) })).list();
      });
    expect(await left()).toEqual([]);
    expect(await left('keep-failed-layers')).toEqual(['middle']);
  });

  it('does not touch a layer that is there', () =>
    run(['keep-failed-layers'], async (driver) => {
      await driver.create(base, '');
      await driver.create(middle, base);
      await expect(driver.create(middle, '')).rejects.toThrow(/^EEXIST/);
      expect(await driver.parentOf(middle)).toBe(base);
    }));
});
