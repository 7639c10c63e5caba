import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LayeredView, type ViewEntry } from '../../../src/cli/tree/layered-view.ts';
import { stackOf, type StackLayer } from '../../../src/cli/tree/layers.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { isDevice, type Host } from '../../../src/host/index.ts';
import { layers } from '../../laws/layer.ts';
import { stackUp } from '../../laws/stack.ts';
import { readView, type View } from '../../laws/view.ts';
import { onMachine, openDriver, overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

// Of random stacks: the tree has every entry of the view and no other, and says of each what the layers' own directories
// say as well, read without any merging.

const world = new SimWorld(overlay2());

/** What each layer's own directory holds. */
function ownTrees(host: Host, stack: readonly StackLayer[]): ReadonlyMap<StackLayer, View> {
  return new Map(stack.map((layer) => [layer, readView(host, layer.directory.path)]));
}

function pathOf({ path }: ViewEntry): string {
  return path === '' ? '/' : `/${path}`;
}

test('every entry is there once, under the layer that has it on top', async () => {
  const property = fc.asyncProperty(layers, (stacked) =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      const ids = await stackUp(driver, stacked);
      const top = ids.at(-1) ?? layerId('none');
      const stack = await stackOf(driver, top);
      const own = ownTrees(machine.host, stack);
      const root = await driver.get(top);
      const seen = readView(machine.host, root);
      const view = new LayeredView(machine.host, root, stack, 'trusted');
      const entries = [...view.entries()];
      view.close();
      await driver.put(top);

      const there = entries.filter(({ stat }) => stat !== undefined);
      expect(there.map(pathOf).sort()).toEqual([...seen.keys()].sort());
      for (const entry of entries.slice(1)) checkOrigin(entry, stack, own);
    }),
  );
  await fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? 20 });
});

function checkOrigin(entry: ViewEntry, stack: readonly StackLayer[], own: ReadonlyMap<StackLayer, View>): void {
  const path = pathOf(entry);
  const above = stack.slice(0, stack.indexOf(entry.layer));
  expect(
    above.filter((layer) => own.get(layer)?.has(path) === true).map(({ id }) => id),
    path,
  ).toEqual([]);
  const held = own.get(entry.layer)?.get(path);
  if (entry.stat === undefined) {
    expect({ path, type: held?.type, device: held?.content }).toEqual({
      path,
      type: 'character-device',
      device: '0:0',
    });
  } else {
    expect({ path, type: held?.type, mode: held?.mode }).toEqual({
      path,
      type: entry.stat.type,
      mode: entry.stat.permissions,
    });
    expect(isDevice(entry.stat.mode) && entry.stat.rdev === 0).toBe(false);
  }
}

test('the last of each directory is marked', async () => {
  const property = fc.asyncProperty(layers, (stacked) =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      const top = (await stackUp(driver, stacked)).at(-1) ?? layerId('none');
      const stack = await stackOf(driver, top);
      const root = await driver.get(top);
      const view = new LayeredView(machine.host, root, stack, 'trusted');
      const entries = [...view.entries()].slice(1);
      view.close();
      await driver.put(top);
      for (const [i, { path, isLast }] of entries.entries()) {
        const depth = path.split('/').length;
        expect(isLast).toHaveLength(depth);
        const next = entries.slice(i + 1).find((other) => other.path.split('/').length <= depth);
        expect(isLast.at(-1), path).toBe(next === undefined || next.path.split('/').length < depth);
      }
    }),
  );
  await fc.assert(property, { numRuns: 15 });
});
