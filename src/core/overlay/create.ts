import { errno, SystemError } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
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

/** What the layer is built over, and which directories that was, to know them again. */
interface Foundation {
  readonly below: Below;
  readonly identity: string;
}

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
  const foundation = admit(context, layer);
  return buildAside({ host, parent: layers.home, warn }, async (directory) => {
    const built = new LayerPaths(directory);
    const result = await build(foundation.below, built);
    describe(context, layer, built);
    if (durability !== 'none') syncFileSystem(host.fs, directory);
    await lock.run(() => {
      publish(context, layer, foundation, built);
    });
    return result;
  });
}

/** Refuses what can be seen to fail before anything is changed. */
function admit(context: Context, { id, parent, mountLabel }: NewLayer): Foundation {
  const { layers } = context;
  if (layers.exists(id)) throw new LayerExistsError(id);
  const foundation = foundationOf(context, parent);
  const { below } = foundation;
  if (below.kind !== 'nothing') {
    const lower = below.kind === 'root' ? below.id : below.lower;
    const plan = planLayerMount(context, { directory: id, lower, label: mountLabel });
    if (plan.kind === 'refused') throw new MountTooLongError(layers.paths(id).merged, plan.reason);
  }
  return foundation;
}

function foundationOf({ layers }: Context, parent: ParentId): Foundation {
  if (parent === '') return { below: { kind: 'nothing' }, identity: '' };
  const form = layers.formOf(parent);
  const identity = layers.identityOf(parent);
  if (form.kind === 'root') return { below: { ...form, id: parent }, identity };
  return { below: form, identity: `${identity} over ${layers.identityOf(form.lower)}` };
}

/** What the driver notes of the layer, whatever its form. */
function describe({ host, daemon, durability }: Context, { parent }: NewLayer, built: LayerPaths): void {
  if (parent !== '') writeNewFile(host, built.parent, parent, fileMode, durability);
  host.fs.lchown(built.directory, daemon.uid, daemon.gid);
  host.fs.chmod(built.directory, layerMode);
}

/** Makes a built layer one of the driver's. Runs under the lock; on an error everything is as before. */
function publish(context: Context, { id, parent }: NewLayer, { identity }: Foundation, built: LayerPaths): void {
  const { host, layers, durability } = context;
  if (layers.exists(id)) throw new LayerExistsError(id);
  if (foundationOf(context, parent).identity !== identity) {
    throw new SystemError(errno.ESTALE, 'create layer: the parent was replaced meanwhile', parent);
  }
  allOrNothing(`the creation of layer ${id}`, context.warn, (undo) => {
    undo.rename(host.fs, built.directory, layers.path(id));
    if (durability !== 'none') syncDirectory(host.fs, layers.home);
  });
}
