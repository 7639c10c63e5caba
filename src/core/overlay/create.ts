import { errno, SystemError } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
import type { KnownDirectory } from '../files/known-directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import { allOrNothing } from '../files/undo.ts';
import { LayerExistsError } from '../layer-errors.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { MountTooLongError } from '../mounts/mount-errors.ts';
import type { Below } from './build.ts';
import type { Context } from './context.ts';
import { fileMode, layerMode, LayerPaths } from './layers.ts';
import { planLayerMount } from './mount-layer.ts';

/** What a layer is created from. */
export interface NewLayer {
  readonly id: LayerId;
  readonly parent: ParentId;
  readonly mountLabel: string;
}

/** The directories of the layers that one is built over, to be known again. */
type Foundation = ReadonlyMap<LayerId, KnownDirectory>;

/**
 * Creates a layer in one step: it is built aside, synced as the durability says, and renamed into place. Whatever fails or
 * crashes before that leaves no layer.
 */
export async function createLayer<T>(
  context: Context,
  layer: NewLayer,
  build: (below: Below, built: LayerPaths) => Promise<T>,
): Promise<T> {
  const { host, layers, warn, lock, durability } = context;
  const below = admit(context, layer);
  const foundation = new Map<LayerId, KnownDirectory>();
  try {
    for (const id of layersOf(layer.parent, below)) foundation.set(id, layers.know(id));
    return await buildAside({ host, parent: layers.home, warn }, async (directory) => {
      const built = new LayerPaths(directory);
      const result = await build(below, built);
      describe(context, layer, built);
      if (durability !== 'none') syncFileSystem(host.fs, directory);
      await lock.run(() => {
        publish(context, layer, foundation, built);
      });
      return result;
    });
  } finally {
    for (const directory of foundation.values()) directory.close();
  }
}

/** Refuses what can be seen to fail before anything is changed. */
function admit(context: Context, { id, parent, mountLabel }: NewLayer): Below {
  const { layers } = context;
  if (layers.exists(id)) throw new LayerExistsError(id);
  const below = belowChildOf(context, parent);
  if (below.kind !== 'nothing') {
    const lower = below.kind === 'root' ? below.id : below.lower;
    const plan = planLayerMount(context, { directory: id, lower, label: mountLabel });
    if (plan.kind === 'refused') throw new MountTooLongError(layers.paths(id).merged, plan.reason);
  }
  return below;
}

function belowChildOf({ layers }: Context, parent: ParentId): Below {
  if (parent === '') return { kind: 'nothing' };
  const form = layers.formOf(parent);
  return form.kind === 'root' ? { ...form, id: parent } : form;
}

/** The parent and, where that has changes only, what they are over. */
function layersOf(parent: ParentId, below: Below): readonly LayerId[] {
  if (parent === '') return [];
  return below.kind === 'upper' ? [parent, below.lower] : [parent];
}

/** What the driver notes of the layer, whatever its form. */
function describe({ host, daemon, durability }: Context, { parent }: NewLayer, built: LayerPaths): void {
  if (parent !== '') writeNewFile(host, built.parent, parent, fileMode, durability);
  host.fs.lchown(built.directory, daemon.uid, daemon.gid);
  host.fs.chmod(built.directory, layerMode);
}

/** Makes a built layer one of the driver's. Runs under the lock; on an error everything is as before. */
function publish(context: Context, { id, parent }: NewLayer, foundation: Foundation, built: LayerPaths): void {
  const { host, layers, durability } = context;
  if (layers.exists(id)) throw new LayerExistsError(id);
  mustHaveStayed(context, parent, foundation);
  allOrNothing(`the creation of layer ${id}`, context.warn, (undo) => {
    undo.rename(host.fs, built.directory, layers.path(id));
    if (durability !== 'none') syncDirectory(host.fs, layers.home);
  });
}

/** The parent, or what lies below it, may have been removed or made anew while the layer was built. */
function mustHaveStayed(context: Context, parent: ParentId, foundation: Foundation): void {
  const ids = layersOf(parent, belowChildOf(context, parent));
  const stayed = (id: LayerId): boolean => {
    const known = foundation.get(id);
    return known !== undefined && context.layers.isStill(id, known);
  };
  if (ids.length === foundation.size && ids.every(stayed)) return;
  throw new SystemError(errno.ESTALE, 'create layer: the parent was replaced meanwhile', parent);
}
