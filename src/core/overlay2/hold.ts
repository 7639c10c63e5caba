import type { Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import { Holders } from '../mounts/holders.ts';
import { isMountPoint } from '../mounts/mount-points.ts';
import type { Context } from './context.ts';
import { linkDirectory } from './layout.ts';
import { mountLayer, removeMerged, unmountLayer } from './mount-layer.ts';

/**
 * Whether and by how many a layer is held. A count without its mount is void (somebody unmounted it, or the machine was
 * started anew), and a mount without a count is one (made by dockerd, or by a process that crashed between the two), so
 * that the next put unmounts it, as with Docker.
 */
export interface LayerUse {
  readonly mounted: boolean;
  readonly holders: number;
}

/** Reads a layer's use. Runs under the lock. */
export function layerUse({ host, layers }: Context, id: LayerId): LayerUse {
  const { merged, holders } = layers.layout.layer(id);
  const counted = new Holders(host, holders).read();
  if (layers.lowersOf(id).length === 0) return { mounted: false, holders: counted };
  const mounted = isMountPoint(host, merged);
  return { mounted, holders: mounted ? Math.max(counted, 1) : 0 };
}

/**
 * One holder more; the first one mounts. A layer without a parent is its own directory and needs no mount, but is
 * counted like the others. Runs under the lock.
 */
export function hold(context: Context, id: LayerId, label: string): Path {
  const { host, layers } = context;
  layers.mustExist(id, 'get');
  const paths = layers.layout.layer(id);
  const use = layerUse(context, id);
  const lowers = layers.lowersOf(id);
  const holders = new Holders(host, paths.holders);
  // The count goes first: after a crash a count without a mount is void, while a mount without a count is held.
  holders.write(use.holders + 1);
  if (lowers.length === 0) return paths.diff;
  if (!use.mounted) {
    try {
      mountLayer(context, { directory: id, link: linkName(context, id), lowers, label, access: accessOf(context, id) });
    } catch (error) {
      holders.write(0);
      throw error;
    }
  }
  return paths.merged;
}

function linkName({ layers }: Context, id: LayerId): string | undefined {
  const link = layers.linkOf(id);
  return link === undefined ? undefined : `${linkDirectory}/${link}`;
}

/** A layer with children is never written to again. */
function accessOf({ host, layers }: Context, id: LayerId): 'read-only' | 'read-write' {
  return host.fs.lstatIfExists(layers.layout.layer(id).committed) === undefined ? 'read-write' : 'read-only';
}

/** One holder less; the last one unmounts. Of a layer that nobody holds, nothing. Runs under the lock. */
export function release(context: Context, id: LayerId): void {
  context.layers.mustExist(id, 'put');
  const { mounted, holders } = layerUse(context, id);
  const { merged, holders: file } = context.layers.layout.layer(id);
  const count = new Holders(context.host, file);
  if (holders > 1) {
    count.write(holders - 1);
    return;
  }
  if (mounted) unmountLayer(context, merged);
  else removeMerged(context, merged);
  count.write(0);
}
