import type { LayerId } from '../layer-id.ts';
import type { Holdable } from '../mounts/hold.ts';
import type { Context } from './context.ts';
import { mountLayer } from './mount-layer.ts';

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
