import { dirname, isSystemError, join, type Host, type Path } from '../../host/index.ts';
import { randomName } from './random-name.ts';
import { removeTree } from './remove-tree.ts';

/** What names of directories begin with that are being deleted. */
export const removingPrefix = '.removing-';

/**
 * A name beside the path, under which it is deleted once it was renamed to it: the rename is the one step in which it is
 * gone, and what a crash leaves under such a name is nobody's.
 */
export function removingName(host: Host, path: Path): Path {
  return join(dirname(path), removingPrefix + randomName(host.system));
}

/** Deletes what removals that crashed have left in a directory. Others may be at it as well; that does no harm. */
export async function finishRemovals(host: Host, directory: Path, warn: (message: string) => void): Promise<void> {
  const names = host.fs.readdir(directory).map(({ name }) => name);
  for (const name of names.filter((each) => each.startsWith(removingPrefix))) {
    try {
      await removeTree(host, join(directory, name));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      warn(`cannot finish a removal: ${String(error)}`);
    }
  }
}
