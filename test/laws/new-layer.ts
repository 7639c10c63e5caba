import { expect } from 'vitest';
import { layerId } from '../../src/core/layer-id.ts';
import { fileMember } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { viewOf } from './stack.ts';
import { inTree } from './view.ts';
import { onMachine, openDriver, type World } from './world.ts';

const [below, layer] = [layerId('below'), layerId('layer')];
const file = new Map([['/new', fileMember('new')]]);

/** However a layer comes to be, it shows what its parent shows and what its archive brings, and its root is its parent's. */
export async function newLayersChangeNothing(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { fs } = machine.host;
    const driver = await openDriver(machine);
    await driver.create(below, '');
    const root = await driver.get(below);
    fs.lchown(root, 3, 4);
    fs.lsetxattr(root, 'trusted.mark', Buffer.from('x'));
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
    await driver.createFromDiff(filled, below, archiveOf(file));
    await driver.create(filledLater, below);
    await driver.applyDiff(filledLater, below, archiveOf(file));
    for (const id of [filled, filledLater]) {
      expect((await viewOf(machine.host, driver, id)).get('/')).toEqual(seen.get('/'));
      expect(await driver.changes(id, below)).toEqual([{ kind: 'A', path: '/new' }]);
    }
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
      await driver.applyDiff(id, parent, archiveOf(file));
      expect(machine.host.fs.lstatIfExists(inTree(root, '/new'))).toBeDefined();
      await driver.put(id);
      expect([...(await viewOf(machine.host, driver, id)).keys()]).toEqual(['/', '/new']);
    }
  });
}
