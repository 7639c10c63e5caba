import { DT_DIR, DT_UNKNOWN, isDirectory, type Dir, type Dirent, type Name, type Path } from '../../../host/index.ts';
import { join } from '../../../host/path.ts';

/**
 * The names that files with several names had in a tree when it was first asked. Only directories are read, no file is
 * looked at, and only the names of such files are kept, so that a big tree takes little.
 */
export class InodeNames {
  readonly #names = new Map<bigint, Path[]>();

  constructor(root: Dir) {
    const repeated = this.#repeated(root);
    each(root, '' as Path, ({ ino }, path) => {
      if (repeated.has(ino)) this.#add(ino, path);
    });
  }

  /** The names, relative to the root; whoever uses one has to look whether it is still the file's. */
  of(inode: bigint): readonly Path[] {
    return this.#names.get(inode) ?? [];
  }

  #repeated(root: Dir): ReadonlySet<bigint> {
    const seen = new Set<bigint>();
    const repeated = new Set<bigint>();
    each(root, '' as Path, ({ ino }) => {
      if (seen.has(ino)) repeated.add(ino);
      seen.add(ino);
    });
    return repeated;
  }

  #add(inode: bigint, path: Path): void {
    const names = this.#names.get(inode);
    if (names === undefined) this.#names.set(inode, [path]);
    else names.push(path);
  }
}

/** Visits all entries below a directory that are no directories themselves. */
function each(dir: Dir, above: Path, visit: (entry: Dirent, path: Path) => void): void {
  for (const entry of dir.entries()) {
    const name = entry.name as Name;
    const path = join(above, name);
    if (!isDirectoryEntry(dir, entry)) {
      visit(entry, path);
      continue;
    }
    const below = dir.openDir(name);
    try {
      each(below, path, visit);
    } finally {
      below.close();
    }
  }
}

function isDirectoryEntry(dir: Dir, { type, name }: Dirent): boolean {
  return type === DT_UNKNOWN ? isDirectory(dir.lstat(name as Name).mode) : type === DT_DIR;
}
