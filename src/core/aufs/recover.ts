import { isSystemError, join, type Host, type Path } from '../../host/index.ts';
import { realPath } from '../files/real-path.ts';
import { removeTree } from '../files/remove-tree.ts';
import { randomName } from '../files/random-name.ts';
import { Staging } from '../files/staging.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { Holders } from '../mounts/holders.ts';
import { detachMountsBelow, isMountPoint } from '../mounts/mount-points.ts';
import type { Context } from './context.ts';
import { removingSuffix } from './layout.ts';
import { clearPseudoLinks, flushPseudoLinks } from './pseudo-links.ts';

/** What clearing away needs. */
export type Home = Pick<Context, 'host' | 'layers' | 'lock' | 'warn'>;

/**
 * Clears away what crashes have left in a home: what was built aside, directories that belong to no layer because its creation
 * or its removal was cut short, and what is on its way out. What other processes are at is not touched, and no layer ever is.
 */
export async function recover(home: Home): Promise<void> {
  const { host, layers, lock, warn } = home;
  const abandoned = await lock.run(() => {
    for (const id of notesIn(home)) finish(home, id);
    return Staging.takeOver(host, layers.layout.home);
  });
  for (const staging of abandoned) await staging.unmountAndRemove();
  for (const directory of [layers.layout.mounts, layers.layout.diffs]) await finishRemovals(host, directory, warn);
}

function notesIn({ host, layers }: Home): readonly LayerId[] {
  const names = host.fs.readdir(layers.layout.unfinished).map(({ name }) => name);
  return names.filter(isLayerId);
}

/** Carries out a note: it says that the directories of that name are no layer's, unless there is one after all. */
function finish({ host, layers }: Home, id: LayerId): void {
  const { layout } = layers;
  if (!layers.exists(id)) for (const path of [layout.diff(id), layout.mount(id)]) moveAside(host, path);
  host.fs.unlink(layout.note(id));
}

/** Renames a directory to what is deleted next; answers where it is, `undefined` where it was not there. */
export function moveAside(host: Host, path: Path): Path | undefined {
  const aside = asideOf(host, path);
  try {
    host.fs.rename(path, aside);
    return aside;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Docker's name, or one like it where a removal that failed has left that. */
export function asideOf(host: Host, path: Path): Path {
  const aside = `${path}${removingSuffix}` as Path;
  if (host.fs.lstatIfExists(aside) === undefined) return aside;
  return `${path}.${randomName(host.system)}${removingSuffix}` as Path;
}

async function finishRemovals(host: Host, directory: Path, warn: (message: string) => void): Promise<void> {
  const names = host.fs.readdir(directory).map(({ name }) => name);
  for (const name of names.filter((each) => each.endsWith(removingSuffix))) {
    try {
      await removeTree(host, join(directory, name));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      warn(`cannot finish a removal: ${String(error)}`);
    }
  }
}

/**
 * Unmounts everything below the home, whoever holds it, and forgets all holders; then clears away what crashes have left.
 * For the end of whoever owns the home, as dockerd at its shutdown.
 */
export async function cleanUp(home: Home): Promise<void> {
  const { host, layers, lock } = home;
  const { layout } = layers;
  await lock.run(() => {
    const mounted = layers.list().filter((id) => isMountPoint(host, layout.mount(id)));
    for (const id of mounted) flush(home, id);
    detachMountsBelow(host, realPath(host.fs, layout.home));
    for (const id of mounted) clearPseudoLinks(host, layout.diff(id));
    for (const { name } of host.fs.readdir(layout.holders)) new Holders(host, join(layout.holders, name)).write(0);
  });
  await recover(home);
}

/** Docker goes on as well where auplink fails. */
export function flush({ host, layers, warn }: Home, id: LayerId): void {
  const { layout } = layers;
  try {
    flushPseudoLinks(host, layout.diff(id), layout.mount(id));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    warn(`auplink flush failed: ${String(error)}`);
  }
}
