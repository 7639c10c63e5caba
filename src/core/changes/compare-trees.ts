import {
  isDirectory,
  isSystemError,
  join,
  type Dir,
  type Dirent,
  type FileSystem,
  type Host,
  type Name,
  type Path,
  type Stat,
} from '../../host/index.ts';
import { layerXattrs, layerXattrsOf, type KeptXattrs } from '../archive/pack/portable-xattrs.ts';
import { Pace } from '../files/pace.ts';
import { noQuirks } from '../quirks.ts';
import type { Change } from './change.ts';
import { comparisonRules, type ComparisonRules } from './rules.ts';
import { sameContent, type OpenEntry } from './same-content.ts';
import { sameXattrs } from './same-xattrs.ts';

/** Two trees, and what is known of them beforehand. */
export interface TreePair {
  readonly newer: Path;
  /** `undefined` is an empty tree. */
  readonly older: Path | undefined;
  /**
   * Whether a path that is in both trees is known to be the same in both, with all that is below it. Asked for a
   * directory before it is asked for what is in it.
   */
  readonly untouched?: (path: Path) => boolean;
  /** Without them all that an archive keeps counts, and ties are compared. */
  readonly rules?: ComparisonRules;
}

/**
 * The changes that make the newer tree out of the older one, sorted by the bytes of their paths (Docker's ChangesDirs,
 * graph-drivers.md 2.6).
 *
 * - A name that is only in the newer tree is added, and so is all below it. One that is only in the older tree is
 *   deleted, and what was below it is not listed.
 * - A name in both is changed if its type, mode, owner, device number or extended attributes (those that archives keep)
 *   differ; of what is not a directory also if its size, time, symlink target or content does. A directory's own time and size do not count.
 * - A directory in which something changed is listed as changed; the root only for its own attributes.
 * - Times that differ only because an archive keeps whole seconds count as the same; then, as with every tie, the content
 *   decides. What Docker misses is seen here: other attributes than security.capability, equal sizes at equal times,
 *   symlinks of equal length, the root's attributes. Not seen is which names are hard links of each other.
 */
export async function compareTrees(host: Host, pair: TreePair): Promise<readonly Change[]> {
  const newer = host.fs.openRoot(pair.newer);
  try {
    const older = pair.older === undefined ? undefined : host.fs.openRoot(pair.older);
    try {
      return await new Comparison(host, pair).roots(newer, older);
    } finally {
      older?.close();
    }
  } finally {
    newer.close();
  }
}

class Comparison {
  readonly #host: Host;
  readonly #untouched: (path: Path) => boolean;
  readonly #rules: ComparisonRules;
  readonly #pace: Pace;
  readonly #changes: Change[] = [];

  constructor(host: Host, { untouched, rules = comparisonRules(noQuirks) }: TreePair) {
    this.#host = host;
    this.#untouched = untouched ?? (() => false);
    this.#rules = rules;
    this.#pace = new Pace(host.system);
  }

  async roots(newer: Dir, older: Dir | undefined): Promise<readonly Change[]> {
    const root = '/' as Path;
    const differs = older !== undefined && !sameRoot(this.#host.fs, newer, older, this.#rules);
    if (differs) this.#changes.push({ kind: 'C', path: root });
    await this.#directories(root, newer, older);
    return this.#changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Lists what is different in a directory; answers whether anything is. */
  async #directories(path: Path, newer: Dir | undefined, older: Dir | undefined): Promise<boolean> {
    const before = this.#changes.length;
    const newNames = namesOf(newer);
    const oldNames = namesOf(older);
    const sameDevice = newer !== undefined && newer.stat().dev === older?.stat().dev;
    for (const name of new Set([...newNames.keys(), ...oldNames.keys()])) {
      await this.#pace.step();
      const inNew = newNames.get(name);
      const inOld = oldNames.get(name);
      const inside = join(path, name);
      if (inNew !== undefined && inOld !== undefined) {
        // One inode under both names, as overlay v1's hard links are: nothing can differ.
        if ((sameDevice && inNew.ino === inOld.ino) || this.#untouched(inside)) continue;
      }
      await this.#entries(inside, entryOf(newer, inNew), entryOf(older, inOld));
    }
    return this.#changes.length > before;
  }

  async #entries(path: Path, newer: OpenEntry | undefined, older: OpenEntry | undefined): Promise<void> {
    if (newer === undefined) {
      if (older !== undefined) this.#changes.push({ kind: 'D', path });
    } else if (older === undefined) {
      this.#changes.push({ kind: 'A', path });
      if (isDirectory(newer.stat.mode)) await this.#contents(path, newer, undefined);
    } else {
      await this.#both(path, newer, older);
    }
  }

  async #both(path: Path, newer: OpenEntry, older: OpenEntry): Promise<void> {
    const newDirectory = isDirectory(newer.stat.mode);
    const oldDirectory = isDirectory(older.stat.mode);
    const differs = !sameEntry(this.#host.fs, newer, older, this.#rules);
    const inside = newDirectory && (await this.#contents(path, newer, oldDirectory ? older : undefined));
    if (differs || inside) this.#changes.push({ kind: 'C', path });
  }

  async #contents(path: Path, newer: OpenEntry, older: OpenEntry | undefined): Promise<boolean> {
    const newDirectory = openIfExists(newer);
    try {
      const oldDirectory = older === undefined ? undefined : openIfExists(older);
      try {
        return await this.#directories(path, newDirectory, oldDirectory);
      } finally {
        oldDirectory?.close();
      }
    } finally {
      newDirectory?.close();
    }
  }
}

/** Whether the root directories of two trees have the same attributes; their time does not count. */
export function sameRoot(fs: FileSystem, newer: Dir, older: Dir, { keeps }: ComparisonRules): boolean {
  if (!sameAttributes(newer.stat(), older.stat())) return false;
  return sameXattrs(layerXattrsOf(fs, newer.fd, keeps).kept, layerXattrsOf(fs, older.fd, keeps).kept);
}

/** Whether a name in both trees counts as unchanged, without a look at what is below it. */
export function sameEntry(
  fs: FileSystem,
  newer: OpenEntry,
  older: OpenEntry,
  { ties, keeps }: ComparisonRules,
): boolean {
  if (!sameAttributes(newer.stat, older.stat)) return false;
  if (!sameXattrs(xattrsOf(newer, keeps), xattrsOf(older, keeps))) return false;
  if (isDirectory(newer.stat.mode)) return true;
  if (newer.stat.size !== older.stat.size || !sameTime(newer.stat, older.stat)) return false;
  return ties === 'same' || sameContent(fs, newer, older);
}

function xattrsOf({ directory, name }: OpenEntry, keeps: KeptXattrs): ReadonlyMap<string, Uint8Array> {
  return layerXattrs(directory, name, keeps).kept;
}

function sameAttributes(a: Stat, b: Stat): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.rdev === b.rdev;
}

/** Equal, or in the same second where one of them has no more than seconds, as everything from an archive may. */
export function sameTime({ mtime: a }: Stat, { mtime: b }: Stat): boolean {
  return a.sec === b.sec && (a.nsec === b.nsec || a.nsec === 0 || b.nsec === 0);
}

function namesOf(directory: Dir | undefined): ReadonlyMap<string, Dirent> {
  return new Map(directory?.entries().map((entry) => [entry.name, entry]));
}

/** The entry, `undefined` where it has vanished or is a ghost that overlayfs lists but does not find (R79). */
function entryOf(directory: Dir | undefined, entry: Dirent | undefined): OpenEntry | undefined {
  if (directory === undefined || entry === undefined) return undefined;
  const name = entry.name as Name;
  const stat = directory.lstatIfExists(name);
  return stat && { directory, name, stat };
}

function openIfExists({ directory, name }: OpenEntry): Dir | undefined {
  try {
    return directory.openDir(name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
