import { expect } from 'vitest';
import type { ByteStream } from '../../src/core/driver.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { FaultyHost } from './faults.ts';
import { fileMember } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { allowedLayer, personOn } from './ownership.ts';
import { viewOf } from './stack.ts';
import { inTree, readView, withoutDirectoryTimes } from './view.ts';
import { homeOf, onMachine, openDriver, type Machine, type World } from './world.ts';

const [below, layer] = [layerId('below'), layerId('layer')];
/** The archive of one new file. */
function fileOn(machine: Machine): ByteStream {
  return archiveOf(allowedLayer(machine, new Map([['/new', fileMember('new')]])));
}

/** However a layer comes to be, it shows what its parent shows and what its archive brings, and its root is its parent's. */
export async function newLayersChangeNothing(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { fs } = machine.host;
    const driver = await openDriver(machine);
    await driver.create(below, '');
    const root = await driver.get(below);
    if (personOn(machine).uid === 0) {
      fs.lchown(root, 3, 4);
      fs.lsetxattr(root, 'trusted.mark', Buffer.from('x'));
    } else {
      fs.lsetxattr(root, 'user.mark', Buffer.from('x'));
    }
    fs.chmod(root, 0o1770);
    await driver.put(below);
    const seen = await viewOf(machine.host, driver, below);
    const [created, forWriting, filled, filledLater] = ['created', 'for-writing', 'filled', 'filled-later'].map(
      layerId,
    );
    if (!created || !forWriting || !filled || !filledLater) throw new Error('there are four');
    await driver.create(created, below);
    await driver.createReadWrite(forWriting, below);
    for (const id of [created, forWriting]) {
      expect(await viewOf(machine.host, driver, id)).toEqual(seen);
      expect(await driver.changes(id, below)).toEqual([]);
    }
    await driver.createFromDiff(filled, below, fileOn(machine));
    await driver.create(filledLater, below);
    await driver.applyDiff(filledLater, below, fileOn(machine));
    for (const id of [filled, filledLater]) {
      expect((await viewOf(machine.host, driver, id)).get('/')).toEqual(seen.get('/'));
      expect(await driver.changes(id, below)).toEqual([{ kind: 'A', path: '/new' }]);
    }
  });
}

/** A layer that cannot be moved into its place is not there, and all else is as before. */
export async function failuresLeaveNothing(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const faulty = new FaultyHost(machine.host);
    const driver = await openDriver({ ...machine, host: faulty.host });
    await driver.create(below, '');
    const home = (): unknown => withoutDirectoryTimes(readView(machine.host, homeOf(machine)));
    const before = home();
    for (const creating of [
      () => driver.create(layer, below),
      () => driver.createFromDiff(layer, below, fileOn(machine)),
      () => driver.remove(below),
    ]) {
      faulty.armAt('renameat2', 'EIO');
      await expect(creating()).rejects.toMatchObject({ code: 'EIO' });
      expect(home()).toEqual(before);
    }
    await driver.create(layer, below);
    expect(await driver.list()).toEqual([below, layer]);
  });
}

/** Who holds a layer sees what is applied to it, and so does everybody afterwards. */
export async function holdersSeeWhatIsApplied(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.create(below, '');
    await driver.create(layer, below);
    for (const [id, parent] of [
      [layer, below],
      [below, ''],
    ] as const) {
      const root = await driver.get(id);
      await driver.applyDiff(id, parent, fileOn(machine));
      expect(machine.host.fs.lstatIfExists(inTree(root, '/new'))).toBeDefined();
      await driver.put(id);
      expect([...(await viewOf(machine.host, driver, id)).keys()]).toEqual(['/', '/new']);
    }
  });
}
