import type { Path } from '../../host/index.ts';
import { removingName } from '../files/removing.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import { Undo } from '../files/undo.ts';
import { DamagedLayerError, LayerBusyError } from '../layer-errors.ts';
import type { LayerId } from '../layer-id.ts';
import { useOf, type Use } from '../mounts/hold.ts';
import { isMountPoint } from '../mounts/mount-points.ts';
import type { Context } from './context.ts';
import { holdable } from './hold.ts';

/**
 * Removes a layer. It is renamed aside first, in one step and only if nobody holds it, and then deleted; nothing is ever
 * deleted through a mount, as it is with Docker. A layer whose files are hard links in others is only names less.
 */
export async function removeLayer(context: Context, id: LayerId): Promise<void> {
  const aside = await context.lock.run(() => moveAside(context, id));
  await removeTree(context.host, aside);
}

function moveAside(context: Context, id: LayerId): Path {
  const { host, layers, durability } = context;
  layers.mustExist(id, 'remove');
  const { holders, mounted } = useOfAny(context, id);
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  const directory = layers.path(id);
  const aside = removingName(host, directory);
  const undo = new Undo();
  try {
    undo.step(
      () => {
        host.fs.rename(directory, aside);
      },
      () => {
        host.fs.rename(aside, directory);
      },
    );
    if (durability !== 'none') syncDirectory(host.fs, layers.home);
  } catch (error) {
    for (const failure of undo.takeBack()) context.warn(`taking back the removal of layer ${id}: ${String(failure)}`);
    throw error;
  }
  return aside;
}

/** A damaged layer can be removed as well, unless something is mounted in it. */
function useOfAny(context: Context, id: LayerId): Use {
  try {
    return useOf(context.host, holdable(context, id));
  } catch (error) {
    if (!(error instanceof DamagedLayerError)) throw error;
    return { mounted: isMountPoint(context.host, context.layers.paths(id).merged), holders: 0 };
  }
}
