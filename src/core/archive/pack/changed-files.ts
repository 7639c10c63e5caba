import { isSystemError, type Dir, type Name, type Path, type Root, type Stat } from '../../../host/index.ts';

/** Finds the files of a list of changes; the directory of the last one stays open, since changes come sorted. */
export class ChangedFiles {
  readonly #root: Root;
  #last: { readonly path: Path; readonly dir: Dir } | undefined;

  constructor(root: Root) {
    this.#root = root;
  }

  /** A file and its directory, which is good until the next call; `undefined` where there is none any more. */
  find(parent: Path, name: Name): { readonly parent: Dir; readonly stat: Stat } | undefined {
    try {
      const dir = this.#open(parent);
      const stat = dir.lstatIfExists(name);
      return stat === undefined ? undefined : { parent: dir, stat };
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  #open(path: Path): Dir {
    if (path === '') return this.#root;
    if (this.#last?.path === path) return this.#last.dir;
    const dir = this.#root.walk(path);
    this.close();
    this.#last = { path, dir };
    return dir;
  }

  close(): void {
    this.#last?.dir.close();
    this.#last = undefined;
  }
}
