import { isSystemError, join, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { finishRemovals } from '../files/removing.ts';
import { Staging } from '../files/staging.ts';
import type { LayerId } from '../layer-id.ts';
import type { Quirk } from '../quirks.ts';
import type { Home } from './context.ts';
import { builtName, commitsName } from './create.ts';

/**
 * Clears away what crashes have left in a home: staging directories that nobody has locked, `committed` marks and links
 * that were made for a layer which never came to be, removals that were not finished. What other processes are at is not
 * touched, and no layer ever is.
 */
export async function recover(home: Home): Promise<void> {
  const abandoned = await home.lock.run(() => takeBackCreations(home));
  for (const staging of abandoned) await staging.unmountAndRemove();
  await finishRemovals(home.host, home.layers.layout.home, home.warn);
}

function takeBackCreations(home: Home): readonly Staging[] {
  const { host, layers, quirks } = home;
  const abandoned = Staging.takeOver(host, layers.layout.home);
  for (const { directory } of abandoned) uncommit(home, directory);
  if (!leavesLinks(quirks)) for (const link of layers.danglingLinks()) host.fs.unlink(link);
  return abandoned;
}

function leavesLinks(quirks: ReadonlySet<Quirk>): boolean {
  return quirks.has('leak-links') || quirks.has('forget-links');
}

/** Removes the mark that a creation has set, unless the layer was published, or another child has come meanwhile. */
function uncommit({ host, layers }: Home, staging: Path): void {
  if (host.fs.lstatIfExists(join(staging, builtName)) === undefined) return;
  const parent = readFileIfExists(host.fs, join(staging, commitsName));
  if (parent === undefined || parent === '') return;
  const id = parent as LayerId;
  if (!layers.exists(id) || layers.hasChildren(id)) return;
  try {
    host.fs.unlink(layers.layout.layer(id).committed);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
