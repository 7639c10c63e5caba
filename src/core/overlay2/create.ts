import { errno, SystemError, type Fd, type Path } from '../../host/index.ts';
import { buildAside } from '../files/build-aside.ts';
import { fitDirectory, makeDirectory } from '../files/directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { syncDirectory } from '../files/sync.ts';
import { allOrNothing, type Undo } from '../files/undo.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import type { Context } from './context.ts';
import { LayerExistsError, MaxDepthError, MountTooLongError } from './errors.ts';
import { inheritRoot } from '../files/inherit-root.ts';
import {
  diffMode,
  layerMode,
  linkDirectory,
  LayerPaths,
  linkTarget,
  maxLowers,
  metadataMode,
  newLink,
  privateMode,
  workMode,
  type LinkId,
} from './layout.ts';
import { planLayerMount } from './mount-layer.ts';
import { quotasFor } from './storage-options.ts';

/** What a layer is created from. */
export interface NewLayer {
  readonly id: LayerId;
  readonly parent: ParentId;
  readonly mountLabel: string;
  /** What it may hold, in bytes; 0 is no limit. */
  readonly limit: number;
}

/** A layer while it is built. */
export interface BuiltLayer {
  readonly built: LayerPaths;
  readonly link: LinkId;
  /** As its `lower` file has them. */
  readonly lowers: readonly string[];
}

/**
 * Creates a layer in one step: it is built aside, filled, synced as the durability says, and moved into place with one
 * rename(2). Whatever fails or crashes before that leaves no layer, and after an error no link and no `committed` either.
 */
export async function createLayer<T>(
  context: Context,
  layer: NewLayer,
  fill: (built: BuiltLayer) => Promise<T>,
): Promise<T> {
  const { host, layers, durability, lock, quirks, warn } = context;
  const link = newLink(host.system);
  if (quirks.has('leak-links')) {
    await lock.run(() => {
      linkInAdvance(context, layer, link);
    });
  }
  const lowers = admit(context, layer, link);
  return buildAside({ host, parent: layers.layout.home, warn }, async (staging, fd) => {
    const all: BuiltLayer = { built: new LayerPaths(staging), link, lowers };
    if (layer.limit > 0) {
      // What is made in it from now on counts.
      await lock.run(() => {
        quotasFor(host, layers.layout.home).limit(staging, layer.limit);
      });
    }
    build(context, layer, all);
    const result = await fill(all);
    fitDirectory(host.fs, fd, layerMode, context.owners.daemon);
    if (durability !== 'none') host.fs.syncfs(fd);
    await lock.run((home) => {
      publish(context, home, layer, all);
    });
    return result;
  });
}

/** Docker makes the link and the parent's mark before all else, and leaves them behind when that fails (quirk leak-links). */
function linkInAdvance({ host, layers, durability }: Context, { id, parent }: NewLayer, link: LinkId): void {
  const { layout } = layers;
  if (layers.exists(id)) throw new LayerExistsError(id);
  host.fs.symlink(linkTarget(id), layout.link(link));
  if (parent === '' || !layers.exists(parent)) return;
  const { committed } = layout.layer(parent);
  if (host.fs.lstatIfExists(committed) === undefined) writeNewFile(host, committed, '', privateMode, durability);
}

/** Refuses what can be seen to fail before anything is changed; answers the lowers. */
function admit(context: Context, { id, parent, mountLabel }: NewLayer, link: LinkId): readonly string[] {
  if (context.layers.exists(id)) throw new LayerExistsError(id);
  const lowers = context.layers.lowersOfChild(parent);
  if (lowers.length > maxLowers) throw new MaxDepthError(id, lowers.length);
  if (lowers.length > 0) {
    const plan = planLayerMount(context, {
      directory: id,
      link() {
        return `${linkDirectory}/${link}`;
      },
      lowers,
      label: mountLabel,
      access: 'read-write',
    });
    if (plan.kind === 'refused') throw new MountTooLongError(context.layers.layout.layer(id).merged, plan.reason);
  }
  return lowers;
}

/** Nothing here is synced by itself: syncfs(2) follows. */
function build({ host, owners, layers }: Context, { parent }: NewLayer, { built, link, lowers }: BuiltLayer): void {
  writeNewFile(host, built.link, link, metadataMode, 'none');
  if (parent === '') {
    makeDirectory(host.fs, built.diff, diffMode, owners.containerRoot);
    return;
  }
  host.fs.mkdir(built.diff, diffMode);
  inheritRoot(host.fs, layers.layout.layer(parent).diff, built.diff);
  makeDirectory(host.fs, built.work, workMode, owners.containerRoot);
  writeNewFile(host, built.lower, lowers.join(':'), metadataMode, 'none');
}

/** Makes a built layer one of the driver's. Runs under the lock; on an error everything is as before. */
function publish(context: Context, home: Fd, { id, parent }: NewLayer, { built, link, lowers }: BuiltLayer): void {
  const { host, layers, durability, quirks } = context;
  const { layout } = layers;
  if (layers.exists(id)) throw new LayerExistsError(id);
  mustHaveStayed(context, parent, lowers);
  allOrNothing(`the creation of layer ${id}`, context.warn, (undo) => {
    const linked = quirks.has('leak-links') && layers.linksTo(link, id);
    if (!linked) makeLink(context, id, link, undo);
    const note = parent === '' ? undefined : commitParent(context, parent, built, undo);
    if (durability !== 'none') syncDirectory(host.fs, layout.links);
    undo.rename(host.fs, built.directory, layout.layer(id).directory);
    if (durability !== 'none') host.fs.fsync(home);
    if (note !== undefined) host.fs.unlink(note);
  });
}

function makeLink({ host, layers: { layout } }: Context, id: LayerId, link: LinkId, undo: Undo): void {
  undo.step(
    () => {
      host.fs.symlink(linkTarget(id), layout.link(link));
    },
    () => {
      host.fs.unlink(layout.link(link));
    },
  );
}

/** The parent may have been removed, or made anew, while the layer was built; its link, which no two layers share, tells. */
function mustHaveStayed({ layers }: Context, parent: ParentId, [nearest]: readonly string[]): void {
  if (parent === '' || layers.lowerNameOf(parent) === nearest) return;
  throw new SystemError(errno.ESTALE, 'create layer: the parent was replaced meanwhile', parent);
}

/**
 * Marks the parent as one with children, which is never written to again; nothing where it is marked. A note beside the layer that is
 * built says so first, so that after a crash a mark without a child can be told from others. Answers the note, which goes when the
 * layer is there.
 */
function commitParent(context: Context, parent: LayerId, built: LayerPaths, undo: Undo): Path | undefined {
  const { host, layers, durability } = context;
  const { committed, directory } = layers.layout.layer(parent);
  if (host.fs.lstatIfExists(committed) !== undefined) return undefined;
  const note = layers.layout.commitNote(built.directory);
  makeFile(context, note, parent, undo);
  makeFile(context, committed, '', undo);
  if (durability !== 'none') syncDirectory(host.fs, directory);
  return note;
}

function makeFile({ host, durability }: Context, path: Path, content: string, undo: Undo): void {
  undo.step(
    () => {
      writeNewFile(host, path, content, privateMode, durability);
    },
    () => {
      host.fs.unlink(path);
    },
  );
}
