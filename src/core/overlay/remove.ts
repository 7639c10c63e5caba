import type { Path } from '../../host/index.ts';
import { removingName } from '../files/removing.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import { allOrNothing } from '../files/undo.ts';
import { LayerBusyError } from '../layer-errors.ts';
import type { LayerId } from '../layer-id.ts';
import { useOfDamaged } from '../mounts/hold.ts';
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
  const { holders, mounted } = useOfDamaged(host, layers.paths(id).merged, () => holdable(context, id));
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  const directory = layers.path(id);
  const aside = removingName(host, directory);
  allOrNothing(`the removal of layer ${id}`, context.warn, (undo) => {
    undo.rename(host.fs, directory, aside);
    if (durability !== 'none') syncDirectory(host.fs, layers.home);
  });
  return aside;
}
