import { isDirectory, isSystemError, join, type Host, type Name, type Path } from '../../host/index.ts';
import { walkPath } from '../tree/walk.ts';

/** Where aufs notes, in a layer's directory, the files that it has copied there and that have other names below. */
const storeName = '.wh..wh.plnk';

/** The names in the store: the number that the mount shows, a dot, and the file's own. */
function noted(host: Host, diff: Path): readonly string[] {
  try {
    return host.fs.readdir(join(diff, storeName)).map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/**
 * Makes the names of such files links of each other in the layer's directory, which aufs forgets with the mount (what `auplink
 * MOUNT flush` does): the times of each name are set to what they are, at which aufs makes the link.
 */
export function flushPseudoLinks(host: Host, diff: Path, mounted: Path): void {
  const numbers = new Set(noted(host, diff).map((name) => name.slice(0, name.indexOf('.'))));
  if (numbers.size === 0) return;
  for (const { parent, name, stat } of walkPath(host, mounted)) {
    if (!isDirectory(stat.mode) && numbers.has(String(stat.ino))) parent.lutimens(name, stat.atime, stat.mtime);
  }
}

/** Empties the store of a layer that is not mounted: its numbers mean nothing any more. */
export function clearPseudoLinks(host: Host, diff: Path): void {
  const names = noted(host, diff);
  if (names.length === 0) return;
  const store = host.fs.openRoot(join(diff, storeName));
  try {
    for (const name of names) store.unlink(name as Name);
  } finally {
    store.close();
  }
}
