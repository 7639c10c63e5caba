import type { Path } from '../../host/index.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import { Undo } from '../files/undo.ts';
import { DamagedLayerError, LayerBusyError } from '../layer-errors.ts';
import type { LayerId } from '../layer-id.ts';
import { useOf, type Use } from '../mounts/hold.ts';
import { isMountPoint } from '../mounts/mount-points.ts';
import type { Context } from './context.ts';
import { holdable } from './hold.ts';
import { asideOf } from './recover.ts';

/**
 * Removes a layer. Its file goes first, in one step and only if nobody holds it, and becomes the note that its directories
 * belong to none; these are renamed to `…-removing` and then deleted. What a crash leaves is deleted at the next opening.
 */
export async function removeLayer(context: Context, id: LayerId): Promise<void> {
  const { host, lock } = context;
  const aside = await lock.run(() => takeOut(context, id));
  for (const path of aside) await removeTree(host, path);
}

function takeOut(context: Context, id: LayerId): readonly Path[] {
  const { layers, warn } = context;
  layers.mustExist(id, 'remove');
  const { holders, mounted } = useOfAny(context, id);
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  const undo = new Undo();
  try {
    return moveOut(context, id, undo);
  } catch (error) {
    for (const failure of undo.takeBack()) warn(`taking back the removal of layer ${id}: ${String(failure)}`);
    throw error;
  }
}

function moveOut({ host, layers, durability }: Context, id: LayerId, undo: Undo): readonly Path[] {
  const { fs } = host;
  const { layout } = layers;
  const [record, note] = [layout.record(id), layout.note(id)];
  const move = (from: Path, to: Path): Path => {
    undo.step(
      () => {
        fs.rename(from, to);
      },
      () => {
        fs.rename(to, from);
      },
    );
    return to;
  };
  move(record, note);
  if (durability !== 'none') for (const directory of [layout.unfinished, layout.records]) syncDirectory(fs, directory);
  const there = [layout.diff(id), layout.mount(id)].filter((path) => fs.lstatIfExists(path) !== undefined);
  const aside = there.map((path) => move(path, asideOf(host, path)));
  if (durability !== 'none') for (const directory of [layout.diffs, layout.mounts]) syncDirectory(fs, directory);
  fs.unlink(note);
  return aside;
}

/** A damaged layer can be removed as well, unless something is mounted on it. */
function useOfAny(context: Context, id: LayerId): Use {
  try {
    return useOf(context.host, holdable(context, id));
  } catch (error) {
    if (!(error instanceof DamagedLayerError)) throw error;
    return { mounted: isMountPoint(context.host, context.layers.layout.mount(id)), holders: 0 };
  }
}
