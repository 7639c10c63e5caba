import { isSystemError, join, type Path } from '../../host/index.ts';
import { randomName } from '../files/random-name.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import { Undo } from '../files/undo.ts';
import type { LayerId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { LayerBusyError } from './errors.ts';
import { layerUse } from './hold.ts';
import { linkTarget, removingPrefix, type LinkId } from './layout.ts';

/**
 * Removes a layer. It is moved aside first, in one step and only if nobody holds it, and then deleted; nothing is ever
 * deleted through a mount. After a crash the layer is there with all of it or not at all, and the rest of it is removed
 * at the next opening.
 */
export async function removeLayer(context: Context, id: LayerId): Promise<void> {
  const aside = await context.lock.run(() => moveAside(context, id));
  await removeTree(context.host, aside);
}

function moveAside(context: Context, id: LayerId): Path {
  const { host, layers, durability } = context;
  layers.mustExist(id, 'remove');
  const { holders, mounted } = layerUse(context, id);
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  const link = layers.linkOf(id);
  const from = layers.layout.layer(id).directory;
  const aside = join(layers.layout.home, removingPrefix + randomName(host.system));
  const undo = new Undo();
  try {
    undo.step(
      () => {
        host.fs.rename(from, aside);
      },
      () => {
        host.fs.rename(aside, from);
      },
    );
    if (link !== undefined && layers.linksTo(link, id)) removeLink(context, id, link, undo);
    if (durability !== 'none') syncDirectory(host.fs, layers.layout.home);
  } catch (error) {
    for (const failure of undo.takeBack()) context.warn(`taking back the removal of layer ${id}: ${String(failure)}`);
    throw error;
  }
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

/** Deletes what removals that crashed have left. Others may be at it as well; that does no harm. */
export async function finishRemovals({ host, layers, warn }: Context): Promise<void> {
  const { home } = layers.layout;
  const names = host.fs.readdir(home).map(({ name }) => name);
  for (const name of names.filter((each) => each.startsWith(removingPrefix))) {
    try {
      await removeTree(host, join(home, name));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      warn(`cannot finish a removal: ${String(error)}`);
    }
  }
}
