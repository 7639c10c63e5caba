import { isDeepStrictEqual } from 'node:util';
import fc, { type IAsyncPropertyWithHooks } from 'fast-check';
import { layerBytes, type CraftedEntry } from '../../test/property/archive/layer-cases.ts';
import type { Arenas } from './arenas.ts';
import { randomStack } from './random-archive.ts';
import { tryStack, type Form, type Outcome } from './trial.ts';

type Layers = readonly (readonly CraftedEntry[])[];

/**
 * Each stack of layers is unpacked in both forms on the simulator, and on the kernel where there is one, with the bytes cut at
 * two lengths. The simulator and the kernel agree in everything; both forms refuse the same and show the same view. `done` takes what
 * became of the tree.
 */
export function archivesAreSafe(
  sim: Arenas,
  kernel: Arenas | undefined,
  done: (outcome: Outcome) => void,
): IAsyncPropertyWithHooks<[Layers, number]> {
  return fc.asyncProperty(randomStack, fc.constantFrom(1, 511, 512, 1000, 65536), async (layers, chunkSize) => {
    const archives = layers.map(layerBytes);
    const on = (arenas: Arenas, form: Form, size: number): Promise<Outcome> =>
      arenas.run((arena) => tryStack(arena, archives, form, size));
    const [overlay, tree] = [await on(sim, 'overlay', chunkSize), await on(sim, 'tree', 65536)];
    same('overlay and tree', comparable(overlay, tree), comparable(tree, overlay));
    if (kernel !== undefined) {
      same('simulator and kernel, overlay', overlay, await on(kernel, 'overlay', chunkSize));
      same('simulator and kernel, tree', tree, await on(kernel, 'tree', 65536));
    }
    done(tree);
  });
}

function same(what: string, one: unknown, other: unknown): void {
  if (isDeepStrictEqual(one, other)) return;
  throw new Error(`${what} differ:\n${JSON.stringify(one, null, 1)}\n${JSON.stringify(other, null, 1)}`);
}

/** A form that cannot hold something refuses it: overlayfs a device 0:0 (A7). Sizes are counted in different ways. */
function comparable(outcome: Outcome, other: Outcome): unknown {
  if (isZeroDevice(outcome) || isZeroDevice(other)) return 'a device 0:0';
  const { refused, view } = outcome;
  return { refused, view };
}

function isZeroDevice({ refused }: Outcome): boolean {
  return refused?.why.includes('device 0:0') === true;
}
