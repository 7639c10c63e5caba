import {
  basename,
  dirname,
  isDirectory,
  isSystemError,
  type Dir,
  type Root,
  type Host,
  type Name,
  type Path,
} from '../../host/index.ts';
import { Pace } from '../files/pace.ts';
import type { Change } from './change.ts';

/**
 * The bytes of a list of changes as Docker's ChangesSize counts them: the sizes of all that was added or changed and is no
 * directory, each inode with several links once. What is gone meanwhile counts nothing.
 */
export async function changesSize(host: Host, root: Path, changes: readonly Change[]): Promise<number> {
  const tree = host.fs.openRoot(root);
  const pace = new Pace(host.system);
  const seen = new Set<bigint>();
  let bytes = 0;
  try {
    for (const { kind, path } of changes) {
      await pace.step();
      if (kind !== 'D' && path !== '/') bytes += sizeOf(tree, path, seen);
    }
  } finally {
    tree.close();
  }
  return bytes;
}

function sizeOf(tree: Root, path: Path, seen: Set<bigint>): number {
  const parent = walkIfExists(tree, dirname(path));
  if (parent === undefined) return 0;
  try {
    const found = parent.lstatIfExists(basename(path) as Name);
    if (found === undefined || isDirectory(found.mode)) return 0;
    if (found.nlink > 1 && seen.has(found.ino)) return 0;
    if (found.nlink > 1) seen.add(found.ino);
    return found.size;
  } finally {
    parent.close();
  }
}

function walkIfExists(tree: Root, path: Path): Dir | undefined {
  try {
    return tree.walk(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
