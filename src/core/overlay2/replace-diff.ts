import { join, type Path } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
import { makeDirectory } from '../files/directory.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import type { LayerId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { LayerBusyError } from './errors.ts';
import { layerUse } from './hold.ts';
import { inheritRoot } from '../files/inherit-root.ts';
import { diffMode } from './layout.ts';

/**
 * Fills an empty layer in one step: its new `diff` is made aside, filled, and renamed over the empty one. When filling it
 * fails the layer is as empty as before.
 * @throws SystemError ENOTEMPTY where another has filled it meanwhile, LayerBusyError where another holds it
 */
export async function replaceEmptyDiff<T>(context: Context, id: LayerId, fill: (diff: Path) => Promise<T>): Promise<T> {
  const { host, layers, owners, durability, lock, warn } = context;
  const { diff, directory } = layers.layout.layer(id);
  return buildAside({ host, parent: layers.layout.home, warn }, async (staging) => {
    const built = join(staging, 'diff');
    makeDirectory(host.fs, built, diffMode, owners.containerRoot);
    inheritRoot(host.fs, diff, built);
    const result = await fill(built);
    if (durability !== 'none') syncFileSystem(host.fs, built);
    await lock.run(() => {
      const { holders } = layerUse(context, id);
      if (holders > 0) throw new LayerBusyError(id, 'apply a diff', holders);
      host.fs.rename(built, diff);
      if (durability !== 'none') syncDirectory(host.fs, directory);
    });
    return result;
  });
}
