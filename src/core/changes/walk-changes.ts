import {
  isDirectory,
  isSystemError,
  join,
  type Dir,
  type Host,
  type Name,
  type Path,
  type Stat,
} from '../../host/index.ts';
import { whiteoutPrefix } from '../archive/member-name.ts';
import { isOpaque, isWhiteoutDevice } from '../archive/lower-stack.ts';
import type { OverlayXattrs } from '../archive/options.ts';
import { Pace } from '../files/pace.ts';
import { sortedNames } from '../tree/walk.ts';
import type { Change } from './change.ts';
import { sameTime } from './compare-trees.ts';

/** An entry of a layer's own directory; the path is absolute within the layer. */
interface OwnEntry {
  readonly parent: Dir;
  readonly name: Name;
  readonly path: Path;
  readonly stat: Stat;
}

/** How a filesystem writes down in a layer's own directory what the layer deletes. */
export interface Marks {
  /** Names of the filesystem's own. What is below such a directory counts all the same. */
  readonly skips: (path: Path) => boolean;
  /** What the entry says is deleted; `undefined` where it is a member. */
  readonly deletes: (entry: OwnEntry, above: Path) => Path | undefined;
}

const aufsOwn = /^\/\.wh\.\.wh\.[^/]*$/;

/** Of aufs, whose own names Docker knew at the top alone: an opaque mark further down deletes `.wh..opq`. */
export const aufsMarks: Marks = {
  skips: (path) => aufsOwn.test(path),
  deletes: ({ name }, above) =>
    name.startsWith(whiteoutPrefix) ? join(above, name.slice(whiteoutPrefix.length)) : undefined,
};

/** Of overlayfs: an opaque directory counts as deleted, which it is and is not. */
export function overlayMarks(xattrs: OverlayXattrs): Marks {
  return {
    skips: () => false,
    deletes: ({ parent, name, path, stat }) => {
      const isMark = isWhiteoutDevice(stat) || (isDirectory(stat.mode) && isOpaque(parent, name, xattrs));
      return isMark ? path : undefined;
    },
  };
}

/**
 * The changes of a layer as Docker once told them from its own directory (archive.Changes and OverlayChanges, graph-drivers.md
 * 2.7), sorted by path, with all of its faults: whoever has the name in any layer below, whether it is hidden between the two or
 * reached through a symlink, makes it a change and no addition; a directory counts only where its mode, size or time differ; and
 * what vanishes meanwhile ends the list.
 * @throws SystemError, for instance ENOTDIR where a directory has taken the place of a file of a layer below
 */
export async function walkChanges(
  host: Host,
  diff: Path,
  below: readonly Path[],
  marks: Marks,
): Promise<readonly Change[]> {
  const walk = new Walk(host, below, marks);
  const root = host.fs.openRoot(diff);
  try {
    await walk.directory(root, '/' as Path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  } finally {
    root.close();
  }
  return walk.changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

class Walk {
  readonly changes: Change[] = [];
  readonly #host: Host;
  readonly #below: readonly Path[];
  readonly #marks: Marks;
  readonly #pace: Pace;
  /** Directories that are listed already. */
  readonly #listed = new Set<Path>();

  constructor(host: Host, below: readonly Path[], marks: Marks) {
    this.#host = host;
    this.#below = below;
    this.#marks = marks;
    this.#pace = new Pace(host.system);
  }

  async directory(own: Dir, path: Path): Promise<void> {
    for (const name of sortedNames(own)) {
      await this.#pace.step();
      const stat = own.lstat(name);
      const inside = join(path, name);
      if (!this.#marks.skips(inside)) this.#entry({ parent: own, name, path: inside, stat }, path);
      if (!isDirectory(stat.mode)) continue;
      const opened = own.openDir(name);
      try {
        await this.directory(opened, inside);
      } finally {
        opened.close();
      }
    }
  }

  #entry(entry: OwnEntry, above: Path): void {
    const change = this.#changeOf(entry, above);
    if (change === undefined) return;
    if (isDirectory(entry.stat.mode)) this.#listed.add(entry.path);
    if (change.kind !== 'C' && above !== '/' && !this.#listed.has(above)) {
      this.#listed.add(above);
      this.changes.push({ kind: 'C', path: above });
    }
    this.changes.push(change);
  }

  #changeOf(entry: OwnEntry, above: Path): Change | undefined {
    const { path, stat } = entry;
    const deleted = this.#marks.deletes(entry, above);
    if (deleted !== undefined) return { kind: 'D', path: deleted };
    const older = this.#older(path);
    if (older === undefined) return { kind: 'A', path };
    return isSameDirectory(stat, older) ? undefined : { kind: 'C', path };
  }

  /** What the nearest layer that has the name has there, as seen from outside: symlinks are followed wherever they lead. */
  #older(path: Path): Stat | undefined {
    for (const diff of this.#below) {
      try {
        return this.#host.fs.stat(join(diff, path.slice(1)));
      } catch (error) {
        if (!isSystemError(error, 'ENOENT')) throw error;
      }
    }
    return undefined;
  }
}

function isSameDirectory(one: Stat, other: Stat): boolean {
  const both = isDirectory(one.mode) && isDirectory(other.mode);
  return both && one.mode === other.mode && one.size === other.size && sameTime(one, other);
}
