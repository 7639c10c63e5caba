import { errno, join, SystemError, textFromPath, type Path } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
import { ensureDirectory, makeDirectory } from '../files/directory.ts';
import { KnownDirectory } from '../files/known-directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { syncDirectory, syncFileSystem } from '../files/sync.ts';
import { allOrNothing, type Undo } from '../files/undo.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { inheritRoot } from '../files/inherit-root.ts';
import type { Context } from './context.ts';
import { AufsMountRefusedError, MaxDepthError } from './errors.ts';
import { layerMode, maxBelow, noteMode, recordMode } from './layout.ts';
import { planLayerMount } from './mount-layer.ts';

/** What a layer is created from. */
export interface NewLayer {
  readonly id: LayerId;
  readonly parent: ParentId;
  readonly mountLabel: string;
}

/** A layer while it is built. */
export interface BuiltLayer {
  /** A directory of its own, for whatever is needed besides. */
  readonly staging: Path;
  readonly diff: Path;
  /** What it will be mounted on. */
  readonly mount: Path;
  /** The layers below, nearest first. */
  readonly below: readonly LayerId[];
}

/** Creates a layer that shows what its parent shows. */
export async function createEmptyLayer(context: Context, layer: NewLayer): Promise<void> {
  context.layers.mustBeFree(layer.id);
  try {
    await createLayer(context, layer, () => Promise.resolve());
  } catch (error) {
    if (context.quirks.has('keep-failed-layers')) await leaveBehind(context, layer.id);
    throw error;
  }
}

/** What Docker has made by the time it reads the parent's file: a base layer, to all who look. */
function leaveBehind({ host, layers, lock, containerRoot, durability }: Context, id: LayerId): Promise<void> {
  const { layout } = layers;
  return lock.run(() => {
    if (layers.exists(id)) return;
    for (const path of [layout.diff(id), layout.mount(id)]) ensureDirectory(host.fs, path, layerMode, containerRoot);
    writeNewFile(host, layout.record(id), '', recordMode, durability);
  });
}

/**
 * Creates a layer: its directory is built aside and filled, and moved into place with its file, which makes it a layer. A note
 * says meanwhile that the directory belongs to none, so that whatever fails or crashes leaves nothing.
 */
export async function createLayer<T>(
  context: Context,
  layer: NewLayer,
  fill: (built: BuiltLayer) => Promise<T>,
): Promise<T> {
  const { host, layers, lock, durability, warn } = context;
  const below = admit(context, layer);
  const known = know(context, layer.parent);
  try {
    return await buildAside({ host, parent: layers.layout.home, warn }, async (staging) => {
      const built: BuiltLayer = { staging, diff: join(staging, 'diff'), mount: join(staging, 'mnt'), below };
      build(context, layer, built);
      const result = await fill(built);
      writeRecord(context, built);
      if (durability !== 'none') syncFileSystem(host.fs, built.diff);
      await lock.run(() => {
        publish(context, layer, built, known);
      });
      return result;
    });
  } finally {
    known?.close();
  }
}

/** Refuses what can be seen to fail before anything is changed; answers the layers below. */
function admit(context: Context, { id, parent, mountLabel }: NewLayer): readonly LayerId[] {
  const { layers } = context;
  layers.mustBeFree(id);
  const below = layers.belowChildOf(parent);
  if (below.length > maxBelow) throw new MaxDepthError(id, below.length);
  if (below.length > 0) {
    const { layout } = layers;
    const mount = { writable: layout.diff(id), below: layers.diffsOf(below), label: mountLabel };
    const plan = planLayerMount(context, mount);
    if (plan.kind === 'refused') throw new AufsMountRefusedError(layout.mount(id), plan.reason);
  }
  return below;
}

/** An empty layer shows what its parent shows, the attributes of the root among it. */
function build({ host, layers, containerRoot }: Context, { parent }: NewLayer, { diff, mount }: BuiltLayer): void {
  for (const directory of [diff, mount]) makeDirectory(host.fs, directory, layerMode, containerRoot);
  if (parent !== '') inheritRoot(host.fs, layers.layout.diff(parent), diff);
}

function recordIn(staging: Path): Path {
  return join(staging, 'layers');
}

function writeRecord({ host, durability }: Context, { staging, below }: BuiltLayer): void {
  writeNewFile(host, recordIn(staging), below.map((id) => `${id}\n`).join(''), recordMode, durability);
}

/** Makes a built layer one of the driver's. Runs under the lock; on an error everything is as before. */
function publish(context: Context, { id, parent }: NewLayer, built: BuiltLayer, known: Known): void {
  const { layers } = context;
  layers.mustBeFree(id);
  mustHaveStayed(context, parent, known);
  mustBeNobodys(context, id);
  allOrNothing(`the creation of layer ${id}`, context.warn, (undo) => {
    place(context, id, built, undo);
  });
}

function place({ host, layers, durability }: Context, id: LayerId, built: BuiltLayer, undo: Undo): void {
  const { fs } = host;
  const { layout } = layers;
  const note = layout.note(id);
  undo.step(
    () => {
      writeNewFile(host, note, '', noteMode, durability);
    },
    () => {
      fs.unlink(note);
    },
  );
  if (durability !== 'none') syncDirectory(fs, layout.unfinished);
  undo.rename(fs, built.diff, layout.diff(id));
  undo.rename(fs, built.mount, layout.mount(id));
  if (durability !== 'none') for (const directory of [layout.diffs, layout.mounts]) syncDirectory(fs, directory);
  undo.rename(fs, recordIn(built.staging), layout.record(id));
  if (durability !== 'none') syncDirectory(fs, layout.records);
  fs.unlink(note);
}

/** The parent may have been removed, or made anew, while the layer was built. */
function mustHaveStayed({ layers }: Context, parent: ParentId, known: Known): void {
  if (parent === '') return;
  layers.mustExist(parent, 'read parent');
  if (known?.isAt(layers.layout.diff(parent)) === true) return;
  throw new SystemError(errno.ESTALE, 'create layer: the parent was replaced meanwhile', parent);
}

/** A parent's directory, to be known again; `undefined` without a parent. */
type Known = KnownDirectory | undefined;

/** @throws UnknownLayerError */
function know({ host, layers }: Context, parent: ParentId): Known {
  if (parent === '') return undefined;
  layers.mustExist(parent, 'read parent');
  return new KnownDirectory(host.fs, layers.layout.diff(parent));
}

/** Docker uses such directories again, with all that is in them. With its cache of paths it leaves mount points behind. */
function mustBeNobodys({ host, layers, paths }: Context, id: LayerId): void {
  const { layout } = layers;
  for (const path of [layout.diff(id), ...(paths === undefined ? [layout.mount(id)] : [])]) {
    if (host.fs.lstatIfExists(path) === undefined) continue;
    const error = new SystemError(errno.EEXIST, 'create layer', path);
    error.message = `EEXIST: '${textFromPath(path)}' is there, but belongs to no layer; look into it, and remove it`;
    throw error;
  }
}
