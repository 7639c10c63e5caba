import { isDirectory, isSystemError, join, type FileSystem, type Path, type Stat } from '../../host/index.ts';
import type { OverlayXattrs } from '../archive/index.ts';

/**
 * Which paths the layers between two views have never touched. Whatever none of their directories holds is in both views
 * the same thing, out of the same lower layer, so that it need not be looked at. A directory that one of them has renamed
 * (redirect_dir) shows another lower directory's content, so below such a one nothing is known.
 */
export class Footprint {
  readonly #fs: FileSystem;
  readonly #diffs: readonly Path[];
  readonly #redirect: string;
  readonly #redirected: string[] = [];

  constructor(fs: FileSystem, diffs: readonly Path[], xattrs: OverlayXattrs) {
    this.#fs = fs;
    this.#diffs = diffs;
    this.#redirect = `${xattrs}.overlay.redirect`;
  }

  /** Whether no layer between holds the path, which both views have. Ask for a directory before what is in it. */
  untouched(path: Path): boolean {
    if (this.#redirected.some((directory) => path.startsWith(`${directory}/`))) return false;
    let touched = false;
    for (const diff of this.#diffs) {
      const there = join(diff, path.slice(1));
      const found = this.#lstat(there);
      if (found === undefined) continue;
      touched = true;
      if (found === 'unknown' || this.#isRedirected(there, found)) this.#redirected.push(path);
    }
    return !touched;
  }

  /** Of a path that no call can name nothing is known; nor is of what lies below it. */
  #lstat(path: Path): Stat | 'unknown' | undefined {
    try {
      return this.#fs.lstatIfExists(path);
    } catch (error) {
      if (isSystemError(error, 'ENOTDIR')) return undefined;
      if (isSystemError(error)) return 'unknown';
      throw error;
    }
  }

  #isRedirected(path: Path, found: Stat): boolean {
    if (!isDirectory(found.mode)) return false;
    try {
      this.#fs.lgetxattr(path, this.#redirect);
      return true;
    } catch (error) {
      if (isSystemError(error, 'ENODATA', 'EOPNOTSUPP')) return false;
      throw error;
    }
  }
}
