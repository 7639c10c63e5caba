import {
  isDirectory,
  isSystemError,
  makedev,
  S_IFCHR,
  S_IFMT,
  type Dir,
  type Host,
  type Name,
  type Path,
  type Root,
  type Stat,
} from '../../host/index.ts';
import { join } from '../../host/path.ts';
import type { OverlayXattrs } from './options.ts';

/** The attributes of overlayfs itself, which belong to a layer's directory and never to the files in it. */
const overlayXattrPrefixes: readonly string[] = ['trusted.overlay.', 'user.overlay.'];

export function isOverlayXattr(name: string): boolean {
  return overlayXattrPrefixes.some((prefix) => name.startsWith(prefix));
}

export function opaqueXattr(xattrs: OverlayXattrs): string {
  return `${xattrs}.overlay.opaque`;
}

/** Whether a file is a whiteout in overlayfs's form: a character device 0:0. */
export function isWhiteoutDevice({ mode, rdev }: Stat): boolean {
  return (mode & S_IFMT) === S_IFCHR && rdev === makedev(0, 0);
}

/** Whether a directory hides the directories of its name below. */
export function isOpaque(dir: Dir, name: Name, xattrs: OverlayXattrs): boolean {
  return readOpaque(() => dir.lgetxattr(name, opaqueXattr(xattrs)));
}

function readOpaque(read: () => Uint8Array): boolean {
  try {
    const value = read();
    return value.length === 1 && value[0] === 0x79;
  } catch (error) {
    if (isSystemError(error, 'ENODATA', 'EOPNOTSUPP')) return false;
    throw error;
  }
}

/** A directory of the merged view of the lower layers: its path, and the layers that give to it, nearest first. */
export interface LowerDirectory {
  readonly path: Path;
  readonly layers: readonly number[];
}

/** A name in the merged view of the lower layers. */
export interface LowerEntry {
  readonly stat: Stat;
  /** The layer whose file it is; of a directory, the nearest, whose attributes it has. */
  readonly layer: number;
  /** Where the name is a directory. */
  readonly directory: LowerDirectory | undefined;
}

/**
 * The layers below the one being unpacked, as overlayfs merges them: a whiteout or a file ends the search for a name, an
 * opaque directory the merging below it. Read-only; symlinks are never followed. Directories stay open until `close`.
 */
export class LowerStack {
  readonly #xattrs: OverlayXattrs;
  readonly #roots: readonly Root[];
  /** The directory of each layer that was looked into last. */
  readonly #open = new Map<number, { readonly path: Path; readonly dir: Dir }>();

  constructor(host: Host, lowers: readonly Path[], xattrs: OverlayXattrs) {
    this.#xattrs = xattrs;
    const roots: Root[] = [];
    this.#roots = roots;
    try {
      for (const lower of lowers) roots.push(host.fs.openRoot(lower));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The root of the view; `undefined` where there is no layer below. */
  get root(): LowerDirectory | undefined {
    return this.#roots.length === 0 ? undefined : { path: '' as Path, layers: this.#roots.map((_, layer) => layer) };
  }

  /** The attributes of the view's root, which are the nearest layer's. */
  rootDir(): Root | undefined {
    return this.#roots[0];
  }

  /** A name in a directory of the view, `undefined` where there is none. */
  lookup(directory: LowerDirectory, name: Name): LowerEntry | undefined {
    const giving: number[] = [];
    let nearest: { readonly stat: Stat; readonly layer: number } | undefined;
    for (const layer of directory.layers) {
      const dir = this.open(directory, layer);
      const stat = dir.lstatIfExists(name);
      if (stat === undefined) continue;
      if (isWhiteoutDevice(stat)) break;
      if (!isDirectory(stat.mode)) {
        if (nearest === undefined) return { stat, layer, directory: undefined };
        break;
      }
      nearest ??= { stat, layer };
      giving.push(layer);
      if (isOpaque(dir, name, this.#xattrs)) break;
    }
    if (nearest === undefined) return undefined;
    return { ...nearest, directory: { path: join(directory.path, name), layers: giving } };
  }

  /** All names in a directory of the view, sorted. */
  names(directory: LowerDirectory): readonly Name[] {
    const names = new Set<string>();
    for (const layer of directory.layers) {
      for (const { name } of this.open(directory, layer).entries()) names.add(name);
    }
    return [...names]
      .sort()
      .map((name) => name as Name)
      .filter((name) => this.lookup(directory, name) !== undefined);
  }

  /** The part of a directory that one of its layers gives. It is the stack's, and good until the next call. */
  open(directory: LowerDirectory, layer: number): Dir {
    const last = this.#open.get(layer);
    if (last?.path === directory.path) return last.dir;
    const root = this.#roots[layer];
    if (root === undefined) throw new RangeError(`there is no lower layer ${layer}`);
    if (directory.path === '') return root;
    const dir = root.walk(directory.path);
    last?.dir.close();
    this.#open.set(layer, { path: directory.path, dir });
    return dir;
  }

  close(): void {
    for (const { dir } of this.#open.values()) dir.close();
    this.#open.clear();
    for (const root of this.#roots) root.close();
  }
}
