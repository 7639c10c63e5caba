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
import { isOpaque, isWhiteoutDevice } from '../../core/archive/lower-stack.ts';
import type { OverlayXattrs } from '../../core/archive/options.ts';
import type { StackLayer } from './layers.ts';

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

/** The layers that give to a directory of the view, topmost first: the parts that the kernel merges. */
type Parts = readonly StackLayer[];

/**
 * The merged view of a stack with the origin of every entry. What is there is read from the mounted view, as the kernel
 * merges it; where it comes from is found in the layers' own directories, and so is what they have deleted.
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
      for (const layer of stack)
        if (layer.directory !== undefined) this.#roots.set(layer, host.fs.openRoot(layer.directory));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** All entries, each directory before what is in it, names in the order of their bytes. */
  *entries(): Generator<ViewEntry, void, undefined> {
    const [top] = this.#stack;
    if (top === undefined) return;
    const root = {
      path: '' as Path,
      name: '.',
      stat: this.#view.stat(),
      target: undefined,
      layer: top,
      isOpaque: false,
    };
    yield { ...root, isLast: [] };
    yield* this.#below('' as Path, this.#stack, top, []);
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
    isLast: readonly boolean[],
  ): Generator<ViewEntry, void, undefined> {
    const children = this.#children(path, parts, owner);
    for (const [i, { parts: below, ...child }] of children.entries()) {
      const entry = { ...child, isLast: [...isLast, i === children.length - 1] };
      yield entry;
      if (entry.stat !== undefined && isDirectory(entry.stat.mode)) {
        yield* this.#below(entry.path, below, entry.layer, entry.isLast);
      }
    }
  }

  #children(
    path: Path,
    parts: Parts,
    owner: StackLayer,
  ): readonly (Omit<ViewEntry, 'isLast'> & { readonly parts: Parts })[] {
    const opened = this.#openParts(path, parts);
    const dir = this.#view.walk(path);
    try {
      const names = new Set<string>(dir.entries().map(({ name }) => name));
      for (const { dir: part } of opened) for (const { name } of part.entries()) names.add(name);
      return [...names].sort().map((name) => this.#child(dir, join(path, name), name as Name, opened, owner));
    } finally {
      dir.close();
      for (const { dir: part } of opened) part.close();
    }
  }

  #child(
    dir: Dir,
    path: Path,
    name: Name,
    opened: readonly OpenPart[],
    owner: StackLayer,
  ): Omit<ViewEntry, 'isLast'> & { readonly parts: Parts } {
    const stat = dir.lstatIfExists(name);
    const origin = this.#origin(name, opened);
    return {
      path,
      name,
      stat,
      target: stat?.type === 'symlink' ? dir.readlink(name) : undefined,
      // A directory that a layer has renamed is nowhere under its new name below (redirect_dir).
      layer: origin.parts[0] ?? origin.deletedBy ?? owner,
      isOpaque: origin.isOpaque,
      parts: origin.parts,
    };
  }

  /** The parts of a name as overlayfs merges them: a file, a whiteout or an opaque directory ends the search. */
  #origin(
    name: Name,
    opened: readonly OpenPart[],
  ): { parts: Parts; deletedBy: StackLayer | undefined; isOpaque: boolean } {
    const parts: StackLayer[] = [];
    for (const { layer, dir } of opened) {
      const stat = dir.lstatIfExists(name);
      if (stat === undefined) continue;
      if (isWhiteoutDevice(stat)) return { parts, deletedBy: parts.length === 0 ? layer : undefined, isOpaque: false };
      if (parts.length > 0 && !isDirectory(stat.mode)) break;
      parts.push(layer);
      if (!isDirectory(stat.mode)) break;
      if (isOpaque(dir, name, this.#xattrs)) return { parts, deletedBy: undefined, isOpaque: true };
    }
    return { parts, deletedBy: undefined, isOpaque: false };
  }

  #openParts(path: Path, parts: Parts): readonly OpenPart[] {
    const opened: OpenPart[] = [];
    for (const layer of parts) {
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

/** A layer's part of the directory being read. */
interface OpenPart {
  readonly layer: StackLayer;
  readonly dir: Dir;
}
