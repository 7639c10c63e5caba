import { isSystemError, type Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import * as mounts from '../mounts/hold.ts';
import { Holders } from '../mounts/holders.ts';
import type { Context } from './context.ts';
import { mountLayer } from './mount-layer.ts';
import { clearPseudoLinks } from './pseudo-links.ts';
import { flush } from './recover.ts';

/** A layer as its holders see it. A base layer is its own directory and needs no mount, but is counted like the others. */
export function holdable(context: Context, id: LayerId, label = ''): mounts.Holdable {
  const { layers, paths } = context;
  const { layout } = layers;
  const holders = layout.holdersOf(id);
  const writable = layout.diff(id);
  const below = layers.diffsOf(layers.ancestorsOf(id));
  if (below.length === 0) return { holders, view: { kind: 'directory', directory: paths?.ofBase(id) ?? writable } };
  const target = layout.mount(id);
  const mount = (): void => {
    mountLayer(context, target, { writable, below, label });
  };
  return { holders, view: { kind: 'mount', target, mount } };
}

/** One holder more; the first one mounts. */
export function get(context: Context, id: LayerId, label: string): Promise<Path> {
  const { host, layers, lock, paths } = context;
  return lock.run(() => {
    layers.mustExist(id, 'get');
    const path = mounts.hold(host, holdable(context, id, label));
    paths?.got(id, path);
    return path;
  });
}

/** How often Docker tries to unmount what is busy, and how many milliseconds it waits in between. */
const attempts = 5;
const pause = 100;

/**
 * One holder less; the last one unmounts. Where somebody still works in the mount it is tried again for a while.
 * @throws SystemError of umount2(2), EBUSY among them; then the holder still counts
 */
export async function put(context: Context, id: LayerId): Promise<void> {
  const { host, lock } = context;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await lock.run(() => {
        release(context, id);
      });
      return;
    } catch (error) {
      if (attempt === attempts || !isSystemError(error, 'EBUSY')) throw error;
    }
    await host.system.sleep(pause);
  }
}

/** Runs under the lock. The mount point stays, as with Docker. */
function release(context: Context, id: LayerId): void {
  const { host, layers } = context;
  layers.mustExist(id, 'put');
  context.paths?.put(id);
  const layer = holdable(context, id);
  const use = mounts.useOf(host, layer);
  const holders = new Holders(host, layer.holders);
  if (use.holders > 1) {
    holders.write(use.holders - 1);
    return;
  }
  if (use.mounted) unmount(context, id);
  if (use.counted) holders.write(0);
}

function unmount(context: Context, id: LayerId): void {
  const { host, layers } = context;
  flush(context, id);
  host.mount.umount2(layers.layout.mount(id), 0);
  clearPseudoLinks(host, layers.layout.diff(id));
}

/** Makes a mounted layer's directory say which names are links of each other. */
export function settle(context: Context, id: LayerId): Promise<void> {
  const { host, layers, lock } = context;
  return lock.run(() => {
    layers.mustExist(id, 'read');
    if (mounts.useOf(host, holdable(context, id)).mounted) flush(context, id);
  });
}
