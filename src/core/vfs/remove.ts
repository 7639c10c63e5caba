import { isSystemError, type Path } from '../../host/index.ts';
import { removingName } from '../files/removing.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import type { LayerId } from '../layer-id.ts';
import type { Context } from './context.ts';

/**
 * Removes a layer: it is renamed aside in one step, then deleted. After a crash it is there with all of it or not at all.
 * Nobody counts who looks into a layer of vfs, so that it goes whoever does, as with Docker.
 */
export async function removeLayer(context: Context, id: LayerId): Promise<void> {
  const aside = await context.lock.run(() => moveAside(context, id));
  await removeTree(context.host, aside);
}

function moveAside({ host, layers, durability }: Context, id: LayerId): Path {
  layers.mustExist(id, 'remove');
  const directory = layers.path(id);
  const aside = removingName(host, directory);
  host.fs.rename(directory, aside);
  // Should this fail: a note without its layer is void, and cleared away at the next opening.
  unlinkIfThere(() => {
    host.fs.unlink(layers.parentNote(id));
  });
  if (durability !== 'none') syncDirectory(host.fs, layers.parent);
  return aside;
}

function unlinkIfThere(unlink: () => void): void {
  try {
    unlink();
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
