import { realPath } from '../files/real-path.ts';
import { finishRemovals } from '../files/removing.ts';
import { Staging } from '../files/staging.ts';
import type { LayerId } from '../layer-id.ts';
import { Holders } from '../mounts/holders.ts';
import { removeMountPoint } from '../mounts/hold.ts';
import { detachMountsBelow } from '../mounts/mount-points.ts';
import { removeUpperForm } from './apply-diff.ts';
import type { Context, Home } from './context.ts';
import { newRootPrefix } from './layers.ts';

/**
 * Clears away what crashes have left in a home: what was built or deleted aside, roots in the making, and what layers that
 * have a root need no more. What other processes are at is not touched, and no layer ever is.
 */
export async function recover(home: Home): Promise<void> {
  const { host, layers, lock, warn } = home;
  const ids = layers.list();
  const abandoned = await lock.run(() => [
    ...Staging.takeOver(host, layers.home),
    ...ids.filter((id) => layers.exists(id)).flatMap((id) => Staging.takeOver(host, layers.path(id), newRootPrefix)),
  ]);
  for (const staging of abandoned) await staging.unmountAndRemove();
  for (const id of ids) if (hasBothForms(home, id)) await removeUpperForm(home, id);
  await finishRemovals(host, layers.home, warn);
}

/** Whether a crash came between the rename of a layer's new root and the removal of what it replaces. */
export function hasBothForms({ host, layers }: Home, id: LayerId): boolean {
  const { root, upper, work, lowerId } = layers.paths(id);
  if (host.fs.lstatIfExists(root) === undefined) return false;
  return [upper, work, lowerId].some((path) => host.fs.lstatIfExists(path) !== undefined);
}

/**
 * Unmounts everything below the home, whoever holds it, and forgets all holders; then clears away what crashes have left.
 * For the end of whoever owns the home, as dockerd at its shutdown.
 */
export async function cleanUp(context: Context): Promise<void> {
  const { host, layers, lock, warn } = context;
  await lock.run(() => {
    detachMountsBelow(host, realPath(host.fs, layers.home));
    for (const id of layers.list()) {
      const { merged, holders } = layers.paths(id);
      removeMountPoint(host, merged, warn);
      new Holders(host, holders).write(0);
    }
  });
  await recover(context);
}
