import fc from 'fast-check';
import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { IncompatibleFilesystemError } from '../../src/core/errors.ts';
import { layerId, type LayerId, type ParentId } from '../../src/core/layer-id.ts';
import { takesLowersOneByOne } from '../../src/core/probes/lowerdir-plus.ts';
import {
  isSystemError,
  join,
  O_CREAT,
  O_WRONLY,
  SyscallHost,
  type Host,
  type Path,
  type System,
} from '../../src/host/index.ts';
import { archiveOf } from './layer-archive.ts';
import { layerOf } from './archive-meaning.ts';
import { fileMember, withLayers } from './layer.ts';
import { bytesOf, viewOf } from './stack.ts';
import { readView, type Node } from './view.ts';
import { homeOf, initDriver, onMachine, openDriver, type Machine, type World } from './world.ts';

/** What holds of overlay2 beyond the laws of all drivers; on both hosts. */

const bottom = new Map([['/bottom', fileMember('at the bottom')]]);

/** On disk a layer is what Docker makes, to the mode. */
export async function layoutIsDockers(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.create(layerId('one'), '');
    await driver.createReadWrite(layerId('two'), layerId('one'));
    await driver.createReadWrite(layerId('three'), layerId('two'));
    const link = (id: string): string => machine.host.fs.readlink(join(homeOf(machine), 'l', linkOf(machine, id)));
    expect(['one', 'two', 'three'].map(link)).toEqual(['../one/diff', '../two/diff', '../three/diff']);
    expect(linkOf(machine, 'one')).toMatch(/^[A-Z2-7]{26}$/);
    const view = readView(machine.host, homeOf(machine));
    const modes = [...view].map(([path, { type, mode }]) => `${path} ${type} ${mode.toString(8)}`).sort();
    expect(modes.filter((line) => !line.startsWith('/l/'))).toEqual(
      [
        ...['/ directory 710', '/l directory 700'],
        ...['/one directory 710', '/one/committed file 600', '/one/diff directory 755', '/one/link file 644'],
        ...['/two directory 710', '/two/committed file 600', '/two/diff directory 755', '/two/link file 644'],
        ...['/two/lower file 644', '/two/work directory 700'],
        ...['/three directory 710', '/three/diff directory 755', '/three/link file 644', '/three/lower file 644'],
        '/three/work directory 700',
      ].sort(),
    );
    expect(view.get('/three/lower')?.content).toBe(`l/${linkOf(machine, 'two')}:l/${linkOf(machine, 'one')}`);
    expect(new Set([...view.values()].map(({ owner }) => owner))).toEqual(new Set(['0:0']));
    expect(view.get('/one/committed')?.content).toBe('');
  });
}

function linkOf(machine: Machine, id: string): string {
  return readView(machine.host, join(homeOf(machine), id)).get('/link')?.content ?? '';
}

/** A stack of 128 layers below the top is mounted, whatever the home and the ids; a 129th is refused, and leaves nothing. */
export function longStacksAreMounted(world: World): fc.IAsyncProperty<[string, number]> {
  const homeName = fc.constantFrom('h', 'h'.repeat(200), 'a:b', 'a,b', 'a\\b', 'a b', '\xff');
  return fc.asyncProperty(homeName, fc.constantFrom(1, 64, 169, 252), (name, idLength) =>
    onMachine(world, async (machine) => {
      const moved = { ...machine, directory: join(machine.directory, name) };
      const driver = await openDriver(moved);
      const top = await chain(driver, 129, (n) => layerId(`${'i'.repeat(idLength)}${n}`.slice(-idLength - 3)));
      expect((await viewOf(moved.host, driver, top)).get('/bottom')?.content).toBe('at the bottom');
      const before = readView(moved.host, homeOf(moved));
      await expect(driver.create(layerId('too-much'), top)).rejects.toThrow(
        /^max depth exceeded: .* would have 129 layers below it, the limit is 128$/,
      );
      expect(readView(moved.host, homeOf(moved))).toEqual(before);
    }),
  );
}

/** A chain of layers of which the lowest holds a file. Answers the top. */
async function chain(driver: Driver, length: number, idOf: (n: number) => LayerId): Promise<LayerId> {
  let parent: ParentId = '';
  for (let n = 0; n < length; n += 1) {
    if (n === 0) await driver.createFromDiff(idOf(n), '', archiveOf(bottom));
    else await driver.create(idOf(n), parent);
    parent = idOf(n);
  }
  return idOf(length - 1);
}

/** However small a page is, the layers are mounted, or are not created; and all ways of mounting show the same. */
export function everyPlanMounts(world: World): fc.IAsyncProperty<[number, boolean]> {
  return fc.asyncProperty(fc.constantFrom(4096, 250, 200, 100, 16), fc.boolean(), (pageSize, committed) =>
    onMachine(world, async (machine) => {
      const driver = await openDriver({ ...machine, host: withPageSize(machine.host, pageSize) });
      const creating = chain(driver, 3, (n) => layerId(`layer-${n}`));
      if (pageSize <= 100 && !takesLowersOneByOne(machine.host, machine.directory)) {
        await expect(creating).rejects.toThrow(/^cannot mount layer, mount label too large /);
        return;
      }
      const top = await creating;
      if (committed) await driver.create(layerId('child'), top);
      const seen = await viewOf(machine.host, driver, top);
      expect([...seen.keys()]).toEqual(['/', '/bottom']);
    }),
  );
}

function withPageSize(host: SyscallHost, size: number): SyscallHost {
  const system = new Proxy(host.system, {
    get: (target, name: keyof System) => (name === 'pageSize' ? () => size : bound(target, name)),
  });
  return new SyscallHost(host.calls, {
    system,
    procFilesystems: () => host.procFilesystems(),
    mountTable: () => host.mount.table(),
  });
}

function bound(target: System, name: keyof System): unknown {
  const method: unknown = Reflect.get(target, name);
  return typeof method === 'function' ? (method.bind(target) as unknown) : method;
}

/** A layer with children is mounted read-only, so that no child's view can change below it. */
export async function parentsAreReadOnly(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine);
    const top = await chain(driver, 2, (n) => layerId(`layer-${n}`));
    expect(await writing(host, driver, top)).toBe('written');
    await driver.create(layerId('child'), top);
    expect(await writing(host, driver, top)).toBe('EROFS');
    expect(await writing(host, driver, layerId('child'))).toBe('written');
  });
}

/** So is one that an archive has filled, from the beginning: a look at it leaves nothing in its directory. */
export async function filledLayersAreReadOnly(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine);
    const top = layerId('top');
    await driver.create(layerId('base'), '');
    await driver.createFromDiff(top, layerId('base'), archiveOf(bottom));
    const before = readView(host, join(homeOf(machine), top));
    expect(before.get('/committed')?.mode).toBe(0o600);
    expect(await writing(host, driver, top)).toBe('EROFS');
    expect(readView(host, join(homeOf(machine), top))).toEqual(before);
  });
}

async function writing(host: Host, driver: Driver, id: LayerId): Promise<string> {
  const root = await driver.get(id);
  try {
    host.fs.close(host.fs.open(join(root, 'file'), O_WRONLY | O_CREAT, 0o644));
    return 'written';
  } catch (error) {
    if (isSystemError(error)) return error.code;
    throw error;
  } finally {
    await driver.put(id);
  }
}

/** Holders are counted over all drivers on one home, as separate processes are. */
export async function countIsShared(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const first = await openDriver(machine);
    const second = await openDriver(machine);
    const top = await chain(first, 2, (n) => layerId(`layer-${n}`));
    const root = await first.get(top);
    expect(await second.get(top)).toBe(root);
    await first.put(top);
    await expect(first.remove(top)).rejects.toThrow(/EBUSY.*1 holder/);
    expect(machine.host.fs.lstatIfExists(join(root, 'bottom'))).toBeDefined();
    await second.put(top);
    expect(machine.host.fs.lstatIfExists(root)).toBeUndefined();
    await second.remove(top);
    expect(await first.exists(top)).toBe(false);
  });
}

/** A home on an overlay is refused by name, and nothing is left there. */
export async function overlayCannotCarryOverlay(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host, directory } = machine;
    for (const name of ['lower', 'upper', 'work', 'merged']) host.fs.mkdir(join(directory, name), 0o755);
    const at = (name: string): Path => join(directory, name);
    const data = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
    host.mount.mount('overlay', at('merged'), 'overlay', 0, data);
    const opening = initDriver({ ...machine, directory: at('merged') }, ignore);
    await expect(opening).rejects.toBeInstanceOf(IncompatibleFilesystemError);
    await expect(opening).rejects.toThrow(/'overlay2' is not supported over overlayfs/);
    expect(host.fs.readdir(at('merged'))).toEqual([]);
  });
}

/**
 * A layer in which somebody renamed a directory with redirect_dir=on, or changed metadata with metacopy=on, does not hold all
 * that it shows; its diff does.
 */
export async function redirectsAreResolved(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine);
    const file = fileMember('at the bottom');
    const directory: Node = { ...file.node, type: 'directory', mode: 0o755, content: undefined };
    const layer = new Map([
      ['/old', { ...file, node: directory }],
      ['/old/file', file],
      ['/other', file],
    ]);
    await driver.createFromDiff(layerId('base'), '', archiveOf(layer));
    await driver.createReadWrite(layerId('child'), layerId('base'));
    const at = (name: string): Path => join(homeOf(machine), name);
    const data = `lowerdir=${at('base/diff')},upperdir=${at('child/diff')},workdir=${at('child/work')},metacopy=on`;
    host.fs.mkdir(at('child/merged'), 0o700);
    host.mount.mount('overlay', at('child/merged'), 'overlay', 0, data);
    host.fs.rename(at('child/merged/old'), at('child/merged/new'));
    host.fs.chmod(at('child/merged/other'), 0o600);
    const wanted = readView(host, at('child/merged'));
    const told = withLayers(await viewOf(host, driver, layerId('base')), [
      layerOf(await bytesOf(await driver.diff(layerId('child'), layerId('base')))),
    ]);
    expect([...told.keys()].sort()).toEqual([...wanted.keys()].sort());
    expect(told.get('/new/file')).toEqual(wanted.get('/new/file'));
    expect(told.get('/other')).toEqual(wanted.get('/other'));
    const changes = await driver.changes(layerId('child'), layerId('base'));
    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['A /new', 'A /new/file', 'D /old', 'C /other']);
    await driver.put(layerId('child'));
  });
}

function ignore(): void {
  // There is nobody to tell.
}
