import fc from 'fast-check';
import { expect } from 'vitest';
import { noIdMaps } from '../../src/core/id-map.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { NaiveDiff } from '../../src/core/naive/naive-diff.ts';
import { layerOf } from './archive-meaning.ts';
import { comparable } from './comparable.ts';
import { edits, type AimedEdit } from './edits.ts';
import { layers, withLayers, type Layer } from './layer.ts';
import { noQuirks } from '../../src/core/quirks.ts';
import { bytesOf, runContainer, stackUp, viewOf } from './stack.ts';
import { onMachine, openDriver, type World } from './world.ts';

/**
 * A driver's own diff, out of the layer's directory, and the naive one, out of both views, say the same of every layer: put on
 * the parent's view they make the same of it. The native one may name more, and does not lack the times of directories.
 */
export function nativeIsNaive(world: World): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[]]> {
  return fc.asyncProperty(layers, edits, (stack, made) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine, { warn: () => undefined });
      const naive = new NaiveDiff({ host, driver, warn: () => undefined, idMaps: noIdMaps, quirks: noQuirks });
      const images = await stackUp(driver, stack);
      const container = layerId('container');
      await runContainer(host, driver, container, images.at(-1) ?? '', made);
      const chain = [...images, container];
      for (const [n, id] of chain.entries()) {
        const parent = chain[n - 1];
        if (parent === undefined) continue;
        const older = await viewOf(host, driver, parent);
        const native = layerOf(await bytesOf(await driver.diff(id, parent)));
        const compared = layerOf(await bytesOf(naive.diff(id, parent)));
        expect(comparable(withLayers(older, [native]))).toEqual(comparable(withLayers(older, [compared])));
      }
    }),
  );
}
