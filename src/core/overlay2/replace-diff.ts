import { join, type Path } from '../../host/index.ts';
import { makeDirectory } from '../files/directory.ts';
import { Staging } from '../files/staging.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import type { LayerId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { clearAway } from './create.ts';
import { LayerBusyError } from './errors.ts';
import { layerUse } from './hold.ts';
import { inheritRoot } from './inherit-root.ts';
import { diffMode } from './layout.ts';

/**
 * Fills an empty layer in one step: its new `diff` is made aside, filled, and renamed over the empty one. When filling it
 * fails the layer is as empty as before.
 * @throws SystemError ENOTEMPTY where another has filled it meanwhile, LayerBusyError where another holds it
 */
export async function replaceEmptyDiff<T>(context: Context, id: LayerId, fill: (diff: Path) => Promise<T>): Promise<T> {
  const { host, layers, owners, durability, lock } = context;
  const { diff, directory } = layers.layout.layer(id);
  const staging = Staging.create(host, layers.layout.home);
  try {
    const built = join(staging.directory, 'diff');
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
  } finally {
    await clearAway(context, staging);
  }
}
