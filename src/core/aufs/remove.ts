import type { Path } from '../../host/index.ts';
import { removeTree } from '../files/remove-tree.ts';
import { syncDirectory } from '../files/sync.ts';
import { allOrNothing, type Undo } from '../files/undo.ts';
import { LayerBusyError } from '../layer-errors.ts';
import type { LayerId } from '../layer-id.ts';
import { useOfDamaged } from '../mounts/hold.ts';
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
  const { host, layers } = context;
  layers.mustExist(id, 'remove');
  const { holders, mounted } = useOfDamaged(host, layers.layout.mount(id), () => holdable(context, id));
  if (holders > 0 || mounted) throw new LayerBusyError(id, 'remove', holders);
  return allOrNothing(`the removal of layer ${id}`, context.warn, (undo) => moveOut(context, id, undo));
}

function moveOut({ host, layers, durability, paths }: Context, id: LayerId, undo: Undo): readonly Path[] {
  const { fs } = host;
  const { layout } = layers;
  const [record, note] = [layout.record(id), layout.note(id)];
  const move = (from: Path, to: Path): Path => {
    undo.rename(fs, from, to);
    return to;
  };
  move(record, note);
  if (durability !== 'none') for (const directory of [layout.unfinished, layout.records]) syncDirectory(fs, directory);
  const directories = new Set([layout.diff(id), paths?.removed(id) ?? layout.mount(id)]);
  const there = [...directories].filter((path) => fs.lstatIfExists(path) !== undefined);
  const aside = there.map((path) => move(path, asideOf(host, path)));
  if (durability !== 'none') for (const directory of [layout.diffs, layout.mounts]) syncDirectory(fs, directory);
  fs.unlink(note);
  return aside;
}
