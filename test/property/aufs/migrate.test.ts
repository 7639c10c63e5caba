import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initAufs } from '../../../src/core/aufs/init.ts';
import type { Aufs } from '../../../src/core/aufs/driver.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { dirname, isDirectory, isSymlink, join, O_CREAT, O_WRONLY, type Path } from '../../../src/host/index.ts';
import { readView } from '../../laws/view.ts';
import { homeOf, onMachine, type Machine } from '../../laws/world.ts';
import { AufsWorld } from './world.ts';

const world = new AufsWorld();
const numRuns = fc.readConfigureGlobal().numRuns ?? 20;

function open({ host, ...machine }: Machine): Promise<Aufs> {
  const home = homeOf({ host, ...machine });
  return initAufs({ host, home, options: [], durability: 'none', warn: () => undefined });
}

/** The directory of a Docker before 0.7: files by their paths. */
function lay({ host, directory }: Machine, files: Readonly<Record<string, string>>): Path {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    makeParents(host, dirname(path));
    const fd = host.fs.open(path, O_WRONLY | O_CREAT, 0o644);
    host.fs.writeAll(fd, Buffer.from(text));
    host.fs.close(fd);
  }
  return directory;
}

function makeParents(host: Machine['host'], path: Path): void {
  if (host.fs.lstatIfExists(path) !== undefined) return;
  makeParents(host, dirname(path));
  host.fs.mkdir(path, 0o755);
}

function image(id: string, parent: string): Readonly<Record<string, string>> {
  const json = parent === '' ? { id } : { id, parent };
  return { [`graph/${id}/json`]: JSON.stringify(json), [`graph/${id}/layer/of-${id}`]: id };
}

function container(id: string, below: string): Readonly<Record<string, string>> {
  const json = JSON.stringify({ ID: id, Image: below });
  return { [`containers/${id}/config.json`]: json, [`containers/${id}/rw/of-${id}`]: id };
}

const old = {
  ...{ repositories: '{}', 'graph/_init/layer/ignored': '' },
  ...image('zzz-base', ''),
  ...image('aaa-child', 'zzz-base'),
  ...container('box', 'aaa-child'),
};

function setUp({ host }: Machine): (path: Path) => void {
  return (path) => {
    host.fs.close(host.fs.open(join(path, 'set-up'), O_WRONLY | O_CREAT, 0o644));
  };
}

describe('the migration of a Docker before 0.7', () => {
  it('makes layers of images and containers', () =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      await driver.migrate(lay(machine, old), setUp(machine));
      expect(await driver.list()).toEqual(['aaa-child', 'box', 'box-init', 'zzz-base']);
      const parents = ['box', 'box-init', 'aaa-child', 'zzz-base'].map((id) => driver.parentOf(layerId(id)));
      expect(await Promise.all(parents)).toEqual(['box-init', 'aaa-child', 'zzz-base', '']);
      const root = await driver.get(layerId('box'));
      const names = machine.host.fs.readdir(root).map(({ name }) => name);
      expect(names.sort()).toEqual(['of-aaa-child', 'of-box', 'of-zzz-base', 'set-up']);
      await driver.put(layerId('box'));
      const view = readView(machine.host, machine.directory);
      expect(view.has('/repositories')).toBe(false);
      expect(view.has('/repositories-aufs')).toBe(true);
      expect(view.has('/graph/aaa-child/layer')).toBe(false);
      expect(view.has('/containers/box/rw')).toBe(false);
      expect(view.has('/graph/_init/layer/ignored')).toBe(true);
    }));

  it('does nothing where there is no graph', () =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      const directory = lay(machine, { repositories: '{}' });
      const before = readView(machine.host, machine.directory);
      await driver.migrate(directory, setUp(machine));
      expect(readView(machine.host, machine.directory)).toEqual(before);
    }));

  it('changes nothing the second time, whatever the images are', () => {
    /** Each image with the one that it is made of, in no order of names. */
    const images = fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'))
      .chain((names) =>
        fc.tuple(...names.map((name, n) => fc.tuple(fc.constant(name), fc.constantFrom('', ...names.slice(0, n))))),
      );
    const boxes = fc.uniqueArray(fc.constantFrom('box1', 'box2'));
    return fc.assert(
      fc.asyncProperty(images, boxes, (made, containers) =>
        onMachine(world, async (machine) => {
          const driver = await open(machine);
          const any = made[0]?.[0] ?? '';
          const files = Object.assign({}, ...made.map(([id, below]) => image(id, below))) as Record<string, string>;
          for (const box of any === '' ? [] : containers) Object.assign(files, container(box, any));
          const directory = lay(machine, { repositories: '', 'graph/.keep': '', ...files });
          await driver.migrate(directory, setUp(machine));
          const once = readView(machine.host, machine.directory);
          await driver.migrate(directory, () => Promise.reject(new Error('set up again')));
          expect(readView(machine.host, machine.directory)).toEqual(once);
          for (const [id, below] of made) expect(await driver.parentOf(layerId(id))).toBe(below);
        }),
      ),
      { numRuns },
    );
  });

  it('links to what it cannot move, and moves it when it can', () =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await open(machine);
      const directory = lay(machine, image('base', ''));
      const layer = join(directory, 'graph/base/layer');
      host.fs.mkdir('/other' as Path, 0o755);
      host.mount.mount('none', '/other' as Path, 'tmpfs', 0, '');
      host.fs.rename(layer, join(directory, 'graph/base/kept'));
      host.fs.mkdir(layer, 0o755);
      host.mount.mount('/other', layer, '', 4096, '');
      await driver.migrate(directory, setUp(machine));
      const diff = join(homeOf(machine), 'diff/base');
      expect(isSymlink(host.fs.lstat(diff).mode)).toBe(true);
      expect(host.fs.readlink(diff)).toBe(layer);
      expect(await driver.exists(layerId('base'))).toBe(true);
      host.mount.umount2(layer, 0);
      await driver.migrate(directory, setUp(machine));
      expect(isDirectory(host.fs.lstat(diff).mode)).toBe(true);
      expect(host.fs.lstatIfExists(layer)).toBeUndefined();
    }));

  it('replaces no repositories that were kept before', () =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      const directory = lay(machine, { ...image('base', ''), repositories: 'new', 'repositories-aufs': 'kept' });
      await driver.migrate(directory, setUp(machine));
      const view = readView(machine.host, directory);
      expect([view.get('/repositories')?.content, view.get('/repositories-aufs')?.content]).toEqual(['new', 'kept']);
    }));

  it('says why it can neither move nor link', () =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      await driver.create(layerId('base'), '');
      machine.host.fs.mkdir(join(homeOf(machine), 'diff/base/full'), 0o755);
      const directory = lay(machine, image('base', ''));
      const [from, to] = [join(directory, 'graph/base/layer'), join(homeOf(machine), 'diff/base')];
      await expect(driver.migrate(directory, setUp(machine))).rejects.toThrow(
        `Unable to relocate ${from} to ${to}: ` +
          `Rename err rename ${from} ${to}: directory not empty Symlink err symlink ${from} ${to}: file exists`,
      );
    }));

  it('carries on where a run was cut short', () =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      const directory = lay(machine, old);
      const failing = driver.migrate(directory, () => Promise.reject(new Error('no space left')));
      await expect(failing).rejects.toThrow('no space left');
      expect(await driver.list()).toEqual(['aaa-child', 'box-init', 'zzz-base']);
      expect(machine.host.mount.table().some(({ type }) => type === 'aufs')).toBe(false);
      await (await open(machine)).migrate(directory, setUp(machine));
      expect(await driver.list()).toEqual(['aaa-child', 'box', 'box-init', 'zzz-base']);
    }));

  it.each([
    ['an image of another name', { 'graph/a/json': '{"id":"b"}', 'graph/a/layer/x': '' }, /it is about the image 'b'/],
    ['a parent that is nowhere', image('a', 'gone'), /no such layer, migrate 'gone'/],
    ['images that are parents of each other', { ...image('a', 'b'), ...image('b', 'a') }, /parents of its own parent/],
    ['what is no JSON', { 'graph/a/json': '{', 'graph/a/layer/x': '' }, /cannot migrate/],
    ['an id that is no text', { 'graph/a/json': '{"id":1}', 'graph/a/layer/x': '' }, /its id is no text/],
    ['an id that no branch can have', image('a=b', ''), /invalid layer id/],
  ])('refuses %s before it moves anything', (_what, files, reason) =>
    onMachine(world, async (machine) => {
      const driver = await open(machine);
      const directory = lay(machine, { repositories: '', ...image('good', ''), ...files });
      const before = readView(machine.host, machine.directory);
      await expect(driver.migrate(directory, setUp(machine))).rejects.toThrow(reason);
      expect(readView(machine.host, machine.directory)).toEqual(before);
    }),
  );
});
