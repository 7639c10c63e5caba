import { isSystemError, join, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { finishRemovals } from '../files/removing.ts';
import { Staging } from '../files/staging.ts';
import type { ParentId } from '../layer-id.ts';
import type { Quirk } from '../quirks.ts';
import type { Home } from './context.ts';
import { commitNotePrefix } from './layout.ts';

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
  for (const staging of stagingsWithNote(home)) takeBackCommit(home, staging);
  if (!leavesLinks(quirks)) for (const link of layers.danglingLinks()) host.fs.unlink(link);
  return abandoned;
}

function leavesLinks(quirks: ReadonlySet<Quirk>): boolean {
  return quirks.has('leak-links') || quirks.has('forget-links');
}

/** The staging directories of the creations that have noted that they mark a parent. Whoever is at it holds the lock, so these have ended. */
export function stagingsWithNote({ host, layers: { layout } }: Pick<Home, 'host' | 'layers'>): readonly Path[] {
  const names = host.fs.readdir(layout.home).map(({ name }) => name);
  return names
    .filter((name) => name.startsWith(commitNotePrefix))
    .map((name) => join(layout.home, name.slice(commitNotePrefix.length)));
}

/** Removes the mark that a creation has set, unless the layer was published, or another child has come meanwhile; and the note of it. */
function takeBackCommit({ host, layers }: Home, staging: Path): void {
  const note = layers.layout.commitNote(staging);
  const parent = (readFileIfExists(host.fs, note) ?? '') as ParentId;
  const published = host.fs.lstatIfExists(staging) === undefined;
  if (!published && parent !== '' && layers.exists(parent) && !layers.hasChildren(parent)) {
    unlinkIfExists(host, layers.layout.layer(parent).committed);
  }
  unlinkIfExists(host, note);
}

function unlinkIfExists({ fs }: Host, path: Path): void {
  try {
    fs.unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
