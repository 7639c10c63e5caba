import { isDirectory, type Dir, type Host, type Name, type Path } from '../../host/index.ts';
import type { OpenEntry } from '../changes/same-content.ts';
import { branchNames } from './branch.ts';

/** Runs `action` with the view of layers' directories, the topmost first, as aufs would mount them. */
export async function withStack<T>(
  host: Host,
  diffs: readonly Path[],
  action: (stack: StackDirectory) => Promise<T>,
): Promise<T> {
  const roots: Dir[] = [];
  try {
    for (const diff of diffs) roots.push(host.fs.openRoot(diff));
    return await action(new StackDirectory(roots));
  } finally {
    for (const root of roots) root.close();
  }
}

/** A directory over several layers, read without a mount. */
export class StackDirectory {
  /** From the top down. */
  readonly #parts: readonly Dir[];

  constructor(parts: readonly Dir[]) {
    this.#parts = parts;
  }

  /** The topmost layer's directory, `undefined` where no layer has it. */
  get top(): Dir | undefined {
    return this.#parts[0];
  }

  /** What the directory shows: for each name the object that counts first. */
  entries(): ReadonlyMap<Name, OpenEntry> {
    const found = new Map<Name, OpenEntry>();
    const gone = new Set<Name>();
    for (const part of this.#parts) {
      const { hidden, present } = branchNames(part);
      for (const name of present) {
        if (gone.has(name) || found.has(name)) continue;
        const stat = part.lstatIfExists(name);
        if (stat !== undefined) found.set(name, { directory: part, name, stat });
      }
      for (const name of hidden) gone.add(name);
    }
    return found;
  }

  /** Runs `action` with a directory below: that of every layer down to one that is opaque, or in which it is hidden. */
  async below<T>(name: Name, action: (directory: StackDirectory) => Promise<T>): Promise<T> {
    const opened: Dir[] = [];
    try {
      for (const part of this.#parts) {
        const stat = part.lstatIfExists(name);
        const directory = stat !== undefined && isDirectory(stat.mode) ? part.openDir(name) : undefined;
        if (directory !== undefined) opened.push(directory);
        if (branchNames(part).hidden.has(name)) break;
        if (directory !== undefined && branchNames(directory).opaque) break;
      }
      return await action(new StackDirectory(opened));
    } finally {
      for (const directory of opened) directory.close();
    }
  }
}

/** No layers. */
export const nothingBelow = new StackDirectory([]);
