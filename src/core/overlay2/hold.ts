import type { Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import * as mounts from '../mounts/hold.ts';
import type { Context } from './context.ts';
import { linkDirectory } from './layout.ts';
import { mountLayer } from './mount-layer.ts';

/** Reads whether and by how many a layer is held. Runs under the lock. */
export function layerUse(context: Context, id: LayerId): mounts.Use {
  return mounts.useOf(context.host, holdable(context, id, ''));
}

/**
 * One holder more; the first one mounts. A layer without a parent is its own directory and needs no mount, but is
 * counted like the others. Runs under the lock.
 */
export function hold(context: Context, id: LayerId, label: string): Path {
  context.layers.mustExist(id, 'get');
  return mounts.hold(context.host, holdable(context, id, label));
}

/** One holder less; the last one unmounts. Of a layer that nobody holds, nothing. Runs under the lock. */
export function release(context: Context, id: LayerId): void {
  context.layers.mustExist(id, 'put');
  mounts.release(context.host, holdable(context, id, ''), context.warn);
}

function holdable(context: Context, id: LayerId, label: string): mounts.Holdable {
  const { layers } = context;
  const { holders, diff, merged } = layers.layout.layer(id);
  if (!layers.hasLowers(id)) return { holders, view: { kind: 'directory', directory: diff } };
  return {
    holders,
    view: {
      kind: 'mount',
      target: merged,
      mount() {
        mountHeld(context, id, label);
      },
    },
  };
}

function mountHeld(context: Context, id: LayerId, label: string): void {
  mountLayer(context, {
    directory: id,
    link() {
      return linkName(context, id);
    },
    lowers: context.layers.lowersOf(id),
    label,
    access: accessOf(context, id),
  });
}

function linkName({ layers }: Context, id: LayerId): string | undefined {
  const link = layers.linkOf(id);
  return link === undefined ? undefined : `${linkDirectory}/${link}`;
}

/** A layer with children is never written to again. */
function accessOf({ host, layers }: Context, id: LayerId): 'read-only' | 'read-write' {
  return host.fs.lstatIfExists(layers.layout.layer(id).committed) === undefined ? 'read-write' : 'read-only';
}
