import { mkdirSync, rmSync } from 'node:fs';
import { isPortable } from '../../src/core/archive/pack/portable-xattrs.ts';
import { copyTree } from '../../src/core/copy/copy-tree.ts';
import type { Driver } from '../../src/core/driver.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { pathFromText } from '../../src/host/index.ts';
import { measured, measuredTool, type Runner } from './race.ts';
import type { Scratch } from './scratch.ts';
import { diffSink, readWhole, thisKernel } from './store.ts';

export const ours = 'graphdriver';

/** Layers are made in turn under these names, and removed when they have been measured. */
const names = (round: number): string => `round-${round}`;

/** ApplyDiff of `tar` to an empty layer, against GNU tar, and containers-storage where there is one. */
export function applying(driver: Driver, tar: string, scratch: Scratch, storage: readonly string[]): readonly Runner[] {
  const own: Runner = {
    name: ours,
    run: async (round) => {
      const id = layerId(names(round));
      await driver.create(id, '');
      const cost = await measured(async () => {
        await driver.applyDiff(id, '', readWhole(tar));
      });
      await driver.remove(id);
      return cost;
    },
  };
  const gnuTar = inNewDirectory('tar -x', scratch, (directory) =>
    measuredTool('tar', '--xattrs', '--numeric-owner', '-C', directory, '-xpf', tar),
  );
  const podmans: Runner = {
    name: 'containers-storage applydiff',
    run: (round) => {
      const [program = '', ...where] = storage;
      measuredTool(program, 'create-layer', ...where, '--id', names(round));
      const cost = measuredTool(program, 'applydiff', ...where, '--file', tar, names(round));
      measuredTool(program, 'delete-layer', ...where, names(round));
      return Promise.resolve(cost);
    },
  };
  return storage.length === 0 ? [own, gnuTar] : [own, gnuTar, podmans];
}

/** Diff of the layer `id`, whose own directory is `tree`, against GNU tar, and containers-storage where there is one. */
export function writing(driver: Driver, id: string, tree: string, storage: readonly string[]): readonly Runner[] {
  const own: Runner = {
    name: ours,
    run: () =>
      measured(async () => {
        await diffSink(driver, layerId(id));
      }),
  };
  const gnuTar: Runner = {
    name: 'tar -c',
    run: () => Promise.resolve(measuredTool('tar', '--xattrs', '--format=pax', '-C', tree, '-cf', '-', '.')),
  };
  const [program = '', ...where] = storage;
  const podmans: Runner = {
    name: 'containers-storage diff',
    run: () => Promise.resolve(measuredTool(program, 'diff', ...where, '--uncompressed', id)),
  };
  return storage.length === 0 ? [own, gnuTar] : [own, gnuTar, podmans];
}

/** The hard-link farm of the driver `overlay` against `cp -al`. */
export function linking(tree: string, scratch: Scratch): readonly Runner[] {
  const host = thisKernel();
  const own: Runner = {
    name: ours,
    run: async (round) => {
      const directory = scratch.path(`farm-${round}`);
      mkdirSync(directory);
      const cost = await measured(() =>
        copyTree(host, pathFromText(tree), pathFromText(directory), {
          files: 'link',
          xattrs: { carries: isPortable },
          warn: (message) => {
            console.error(message);
          },
        }),
      );
      rmSync(directory, { recursive: true });
      return cost;
    },
  };
  const cp = inNewDirectory('cp -al', scratch, (directory) => measuredTool('cp', '-al', `${tree}/.`, directory));
  return [own, cp];
}

function inNewDirectory(
  name: string,
  scratch: Scratch,
  run: (directory: string) => ReturnType<typeof measuredTool>,
): Runner {
  return {
    name,
    run: (round) => {
      const directory = scratch.path(`tool-${round}`);
      mkdirSync(directory);
      const cost = run(directory);
      rmSync(directory, { recursive: true });
      return Promise.resolve(cost);
    },
  };
}
