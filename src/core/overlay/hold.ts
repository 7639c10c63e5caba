import type { Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import { hold, release, type Holdable } from '../mounts/hold.ts';
import type { Context } from './context.ts';
import { mountLayer } from './mount-layer.ts';
import { holdByCount, releaseByCount } from './stacked-mounts.ts';

/**
 * A layer as its holders see it. One with a `root` is that directory and needs no mount, but is counted like the others;
 * as with Docker it can be written to, and whoever does so in place changes what other layers share.
 */
export function holdable(context: Context, id: LayerId, label = ''): Holdable {
  const { layers } = context;
  const { holders, merged } = layers.paths(id);
  const form = layers.formOf(id);
  if (form.kind === 'root') return { holders, view: { kind: 'directory', directory: form.root } };
  const mount = (): void => {
    mountLayer(context, { directory: id, lower: form.lower, label });
  };
  return { holders, view: { kind: 'mount', target: merged, mount } };
}

/** One holder more; the first one mounts. Runs under the lock. */
export function holdLayer(context: Context, id: LayerId, label: string): Path {
  const layer = holdable(context, id, label);
  return context.quirks.has('stack-mounts') ? holdByCount(context.host, layer) : hold(context.host, layer);
}

/** One holder less; the last one unmounts. Runs under the lock. */
export function releaseLayer(context: Context, id: LayerId): void {
  const { host, quirks, warn } = context;
  const layer = holdable(context, id);
  if (quirks.has('stack-mounts')) releaseByCount(host, layer);
  else release(host, layer, warn);
}
