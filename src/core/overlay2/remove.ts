import type { Fd, Path } from '../../host/index.ts';
import { removeRenamed } from '../files/remove-tree.ts';
import { removingName } from '../files/removing.ts';
import { allOrNothing, type Undo } from '../files/undo.ts';
import type { LayerId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { LayerBusyError } from './errors.ts';
import { layerUse } from './hold.ts';
import { linkTarget, type LinkId } from './layout.ts';

/**
 * Removes a layer. It is moved aside first, in one step and only if nobody holds it, and then deleted; nothing is ever
 * deleted through a mount. After a crash the layer is there with all of it or not at all, and the rest of it is removed
 * at the next opening.
 */
export async function removeLayer(context: Context, id: LayerId): Promise<void> {
  const aside = await context.lock.run((home) => moveAside(context, home, id));
  await removeRenamed(context.host, aside);
}

function moveAside(context: Context, home: Fd, id: LayerId): Path {
  const { host, layers, durability, quirks } = context;
  layers.mustExist(id, 'remove');
  const { holders, mounted } = layerUse(context, id);
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  // The first version did not know of it.
  const link = quirks.has('forget-links') ? undefined : layers.linkOf(id);
  const from = layers.layout.layer(id).directory;
  const aside = removingName(host, from);
  allOrNothing(`the removal of layer ${id}`, context.warn, (undo) => {
    undo.rename(host.fs, from, aside);
    if (link !== undefined && layers.linksTo(link, id)) removeLink(context, id, link, undo);
    if (durability !== 'none') host.fs.fsync(home);
  });
  return aside;
}

function removeLink({ host, layers }: Context, id: LayerId, link: LinkId, undo: Undo): void {
  const symlink = layers.layout.link(link);
  undo.step(
    () => {
      host.fs.unlink(symlink);
    },
    () => {
      host.fs.symlink(linkTarget(id), symlink);
    },
  );
}
