import {
  DT_DIR,
  DT_UNKNOWN,
  isDirectory,
  isSystemError,
  S_IFMT,
  type Dir,
  type Host,
  type Name,
  type Path,
  type Stat,
} from '../../host/index.ts';
import { join } from '../../host/path.ts';

/** One entry of a tree below its root. */
export interface TreeEntry {
  /** Relative to the root, without a leading slash. */
  readonly path: Path;
  readonly name: Name;
  readonly stat: Stat;
  /** The directory that holds it, open until the next entry is asked for. */
  readonly parent: Dir;
}

/**
 * All entries below an open directory, each directory before what is in it, names in the order of their bytes. No symlink is
 * followed. What vanishes meanwhile is passed over, and so is what `skip` names, with all below it. Leaving the loop early
 * closes what is open.
 */
export function* walkTree(root: Dir, skip: (path: Path) => boolean = none): Generator<TreeEntry, void, undefined> {
  yield* walkBelow(root, '' as Path, skip);
}

function none(): boolean {
  return false;
}

function* walkBelow(parent: Dir, path: Path, skip: (path: Path) => boolean): Generator<TreeEntry, void, undefined> {
  for (const name of sortedNames(parent)) {
    if (skip(join(path, name))) continue;
    const stat = parent.lstatIfExists(name);
    if (stat === undefined) continue;
    const entry = { path: join(path, name), name, stat, parent };
    yield entry;
    if (!isDirectory(stat.mode)) continue;
    const below = openIfExists(parent, name);
    if (below === undefined) continue;
    try {
      yield* walkBelow(below, entry.path, skip);
    } finally {
      below.close();
    }
  }
}

/** A name below the root of a tree. */
export interface TreeName {
  readonly name: Name;
  /** DT_*, never DT_UNKNOWN. */
  readonly type: number;
  /** The directory that holds it, open until the next name is asked for. */
  readonly parent: Dir;
}

/** All names below an open directory as the filesystem gives them, without a look at any file. Otherwise as walkTree. */
export function* walkNames(parent: Dir): Generator<TreeName, void, undefined> {
  for (const entry of parent.entries()) {
    const name = entry.name as Name;
    const type = entry.type === DT_UNKNOWN ? typeOf(parent, name) : entry.type;
    if (type === undefined) continue;
    yield { name, type, parent };
    if (type !== DT_DIR) continue;
    const below = openIfExists(parent, name);
    if (below === undefined) continue;
    try {
      yield* walkNames(below);
    } finally {
      below.close();
    }
  }
}

/** A file's DT_*, which is the upper half of its S_IFMT (readdir(3)); `undefined` where it has vanished. */
function typeOf(parent: Dir, name: Name): number | undefined {
  const stat = parent.lstatIfExists(name);
  return stat === undefined ? undefined : (stat.mode & S_IFMT) >> 12;
}

/** The names in a directory by their bytes. A byte string compares as its bytes do. */
export function sortedNames(dir: Dir): readonly Name[] {
  return dir
    .entries()
    .map((entry) => entry.name as Name)
    .sort();
}

function openIfExists(parent: Dir, name: Name): Dir | undefined {
  try {
    return parent.openDir(name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** `walkTree` below a path of the host. */
export function* walkPath(host: Host, path: Path): Generator<TreeEntry, void, undefined> {
  const root = host.fs.openRoot(path);
  try {
    yield* walkTree(root);
  } finally {
    root.close();
  }
}
