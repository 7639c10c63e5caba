import {
  isDirectory,
  isSystemError,
  join,
  type Dir,
  type Host,
  type Name,
  type Path,
  type Root,
  type Stat,
} from '../../host/index.ts';
import type { OverlayXattrs } from '../../core/archive/options.ts';
import type { StackLayer } from './layers.ts';
import { originOf, rootParts, type OpenPart, type Parts } from './origin.ts';

/** An entry of the view, or a name that a layer has deleted. */
export interface ViewEntry {
  /** Relative to the view; `''` is its root. */
  readonly path: Path;
  readonly name: string;
  /** `undefined` where the name is deleted. */
  readonly stat: Stat | undefined;
  /** Of a symlink. */
  readonly target: Path | undefined;
  /** The layer that the entry comes from, or that has deleted the name. Of a directory, the one whose attributes it has. */
  readonly layer: StackLayer;
  /** Whether the layer hides what the layers below have in this directory. */
  readonly isOpaque: boolean;
  /** For each directory on the way here, this entry last: whether it is the last of its directory. */
  readonly isLast: readonly boolean[];
}

interface Child {
  readonly entry: Omit<ViewEntry, 'isLast'>;
  readonly parts: Parts;
}

/**
 * The view of a stack with the origin of every entry. What is there is read from the mounted view, as the kernel merges it;
 * where it comes from is found in the layers' own directories, and so is what they have deleted.
 */
export class LayeredView {
  readonly #view: Root;
  readonly #stack: readonly StackLayer[];
  readonly #roots = new Map<StackLayer, Root>();
  readonly #xattrs: OverlayXattrs;

  constructor(host: Host, view: Path, stack: readonly StackLayer[], xattrs: OverlayXattrs) {
    this.#stack = stack;
    this.#xattrs = xattrs;
    this.#view = host.fs.openRoot(view);
    try {
      for (const layer of stack) this.#roots.set(layer, host.fs.openRoot(layer.directory.path));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** All entries, each directory before what is in it, names in the order of their bytes. */
  *entries(): Generator<ViewEntry, void, undefined> {
    const [top] = this.#stack;
    if (top === undefined) return;
    const path = '' as Path;
    yield { path, name: '.', stat: this.#view.stat(), target: undefined, layer: top, isOpaque: false, isLast: [] };
    yield* this.#below(path, rootParts(this.#stack), top, []);
  }

  close(): void {
    this.#view.close();
    for (const root of this.#roots.values()) root.close();
    this.#roots.clear();
  }

  *#below(
    path: Path,
    parts: Parts,
    owner: StackLayer,
    above: readonly boolean[],
  ): Generator<ViewEntry, void, undefined> {
    const children = this.#children(path, parts, owner);
    for (const [i, child] of children.entries()) {
      const entry = { ...child.entry, isLast: [...above, i === children.length - 1] };
      yield entry;
      if (entry.stat !== undefined && isDirectory(entry.stat.mode)) {
        yield* this.#below(entry.path, child.parts, entry.layer, entry.isLast);
      }
    }
  }

  /** The names of a directory, deleted ones among them. Its parts are open no longer than that. */
  #children(path: Path, parts: Parts, owner: StackLayer): readonly Child[] {
    const dir = this.#view.walk(path);
    const changes = this.#open(path, parts.changes);
    const wholes = this.#open(path, parts.wholes);
    try {
      const dirs = [dir, ...[...changes, ...wholes].map((part) => part.dir)];
      const names = new Set(dirs.flatMap((each) => each.entries().map(({ name }) => name)));
      return [...names].sort().map((name) => this.#child({ path, dir, changes, wholes, owner }, name as Name));
    } finally {
      dir.close();
      for (const part of [...changes, ...wholes]) part.dir.close();
    }
  }

  #child({ path, dir, changes, wholes, owner }: OpenDirectory, name: Name): Child {
    const stat = dir.lstatIfExists(name);
    const { layer, deletedBy, isOpaque, parts } = originOf(name, changes, wholes, this.#xattrs);
    const entry = {
      path: join(path, name),
      name,
      stat,
      target: stat?.type === 'symlink' ? dir.readlink(name) : undefined,
      // A directory that a layer has renamed is nowhere below under its new name (redirect_dir).
      layer: layer ?? deletedBy ?? owner,
      isOpaque,
    };
    return { entry, parts };
  }

  #open(path: Path, layers: readonly StackLayer[]): readonly OpenPart[] {
    const opened: OpenPart[] = [];
    for (const layer of layers) {
      const dir = this.#openPart(path, layer);
      if (dir !== undefined) opened.push({ layer, dir });
    }
    return opened;
  }

  #openPart(path: Path, layer: StackLayer): Dir | undefined {
    try {
      return this.#roots.get(layer)?.walk(path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }
}

/** A directory of the view, with the layers' parts of it. */
interface OpenDirectory {
  readonly path: Path;
  readonly dir: Dir;
  readonly changes: readonly OpenPart[];
  readonly wholes: readonly OpenPart[];
  /** The layer that the directory comes from. */
  readonly owner: StackLayer;
}
