import { errno, SystemError, type Path } from '../../host/index.ts';
import { copyTree, socketsIn } from '../copy/copy-tree.ts';
import { buildAside, type Aside } from '../files/build-aside.ts';
import { makeDirectory } from '../files/directory.ts';
import type { KnownDirectory } from '../files/known-directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import { allOrNothing, type Undo } from '../files/undo.ts';
import { LayerExistsError } from '../layer-errors.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { layerMode, parentNoteMode } from './layers.ts';
import { quotasFor } from './storage-options.ts';

/** What a layer is created from. */
export interface NewLayer {
  readonly id: LayerId;
  readonly parent: ParentId;
  /** What it may hold, in bytes; 0 is no limit. */
  readonly limit: number;
}

/**
 * Creates a layer in one step: a copy of its parent is made aside, filled, synced as the durability says, and renamed into
 * place. Whatever fails or crashes before that leaves no layer (Docker leaves half of one).
 */
export async function createLayer<T>(
  context: Context,
  layer: NewLayer,
  fill: (directory: Path) => Promise<T>,
): Promise<T> {
  const { layers } = context;
  const { id, parent } = layer;
  if (layers.exists(id)) throw new LayerExistsError(id);
  if (parent !== '' && !layers.exists(parent)) await leaveBehind(context, id);
  const known = parent === '' ? undefined : layers.know(parent);
  try {
    return await buildAside(besideLayers(context), async (directory) => {
      try {
        await begin(context, layer, directory);
      } catch (error) {
        await leaveBehind(context, id, directory);
        throw error;
      }
      const result = await fill(directory);
      await publish(context, { id, parent, known }, directory);
      return result;
    });
  } finally {
    known?.close();
  }
}

/** Docker makes the layer's directory before all else, and leaves it with what is in it (quirk keep-failed-layers). */
async function leaveBehind({ host, layers, lock, owner, quirks }: Context, id: LayerId, half?: Path): Promise<void> {
  if (!quirks.has('keep-failed-layers')) return;
  await lock.run(() => {
    if (layers.exists(id)) return;
    if (half === undefined) makeDirectory(host.fs, layers.path(id), layerMode, owner);
    else host.fs.rename(half, layers.path(id));
  });
}

/** Within one directory an ordinary user can rename one that is read-only; from one to another only root can. */
export function besideLayers({ host, layers, warn }: Context): Aside {
  return { host, parent: layers.parent, warn };
}

/** A layer to be published. */
interface FilledLayer extends Pick<NewLayer, 'id' | 'parent'> {
  /** The parent's directory, before it was copied. */
  readonly known: KnownDirectory | undefined;
}

async function begin(context: Context, { parent, limit }: NewLayer, directory: Path): Promise<void> {
  const { host, layers, lock, xattrs, owner, quirks, warn } = context;
  if (limit > 0) {
    // What is made in it from now on counts, the copy of the parent among it.
    await lock.run(() => {
      quotasFor(host, layers.home).limit(directory, limit);
    });
  }
  if (parent !== '') {
    await copyTree(host, layers.path(parent), directory, { files: 'copy', sockets: socketsIn(quirks), xattrs, warn });
    return;
  }
  host.fs.lchown(directory, owner.uid, owner.gid);
  host.fs.chmod(directory, layerMode);
}

async function publish(context: Context, layer: FilledLayer, directory: Path): Promise<void> {
  const { host, lock, durability } = context;
  if (durability !== 'none') syncFileSystem(host.fs, directory);
  await lock.run(() => {
    moveIntoPlace(context, layer, directory);
  });
}

/** Runs under the lock; on an error everything is as before. */
function moveIntoPlace(context: Context, { id, parent, known }: FilledLayer, directory: Path): void {
  const { host, layers, durability } = context;
  if (layers.exists(id)) throw new LayerExistsError(id);
  if (parent !== '' && known !== undefined && !layers.isStill(parent, known)) {
    throw new SystemError(errno.ESTALE, 'create layer: the parent was replaced meanwhile', parent);
  }
  allOrNothing(`the creation of layer ${id}`, context.warn, (undo) => {
    if (parent !== '') noteParent(context, id, parent, undo);
    undo.rename(host.fs, directory, layers.path(id));
    if (durability !== 'none') syncDirectory(host.fs, layers.parent);
  });
}

/** Docker's layer store remembers the parent; here nobody else does. */
function noteParent({ host, layers, durability }: Context, id: LayerId, parent: LayerId, undo: Undo): void {
  const note = layers.parentNote(id);
  // One that is there already is of a layer that is gone.
  if (host.fs.lstatIfExists(note) !== undefined) host.fs.unlink(note);
  undo.step(
    () => {
      writeNewFile(host, note, parent, parentNoteMode, durability);
    },
    () => {
      host.fs.unlink(note);
    },
  );
  if (durability !== 'none') syncDirectory(host.fs, layers.parents);
}
