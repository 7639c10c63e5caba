import { removeMountPoint } from '../mounts/hold.ts';
import { Holders } from '../mounts/holders.ts';
import { detachMountsBelow } from '../mounts/mount-points.ts';
import { realPath } from '../files/real-path.ts';
import type { Context } from './context.ts';
import { recover } from './recover.ts';

/**
 * Unmounts everything below the home, whoever holds it, and forgets all holders; then clears away what crashes have left.
 * For the end of whoever owns the home, as dockerd at its shutdown.
 */
export async function cleanUp(context: Context): Promise<void> {
  const { host, layers, lock, warn } = context;
  await lock.run(() => {
    detachMountsBelow(host, realPath(host.fs, layers.layout.home));
    for (const id of layers.list()) {
      const { merged, holders } = layers.layout.layer(id);
      removeMountPoint(host, merged, warn);
      new Holders(host, holders).write(0);
    }
  });
  await recover(context);
}
