import { basename, dirname, isSystemError, join } from '../../../host/index.ts';
import { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from '../../../host/index.ts';
import type { Fd, Host, Path, Root, Stat } from '../../../host/index.ts';
import { Refusal } from '../../archive/errors.ts';
import { components } from '../../archive/member-name.ts';
import { realPathIn } from '../../files/real-path.ts';
import { ChangedFileError } from './changed-file.ts';

/** A layer's view, and how to get that of the layer below it, which is seldom needed. */
export interface LayerViews {
  readonly view: Path;
  readonly below?: () => Promise<Path | undefined>;
}

/**
 * Where the members of a layer's archive are in the layer: under their names, or, where the archive itself has put a directory in
 * the place of a symlink of the layer below after it had put files through that, where the symlink led.
 */
export class MemberPlaces {
  readonly #host: Host;
  readonly #views: LayerViews;
  readonly #root: Root;

  constructor(host: Host, views: LayerViews) {
    this.#host = host;
    this.#views = views;
    this.#root = host.fs.openRoot(views.view);
  }

  /** Opens a member for reading. @throws ChangedFileError where it cannot be */
  async open(name: string): Promise<Fd> {
    const flags = O_RDONLY | O_NONBLOCK;
    try {
      const own = pathOf(name);
      return this.#openIfThere(own, flags) ?? this.#root.openPath(await this.#ledTo(own), flags);
    } catch (error) {
      if (!isFromName(error)) throw error;
      throw new ChangedFileError(name, `cannot be read: ${error.message}`);
    }
  }

  /** The directory that a member is in, symlinks followed; `undefined` where there is none. */
  async directoryOf(name: string): Promise<Stat | undefined> {
    const { fs } = this.#host;
    try {
      const own = pathOf(name);
      const there = this.#openIfThere(own, O_PATH | O_NOFOLLOW);
      if (there !== undefined) fs.close(there);
      const path = there === undefined ? await this.#ledTo(own) : own;
      const fd = this.#root.openPath(dirname(path), O_RDONLY | O_DIRECTORY);
      try {
        return fs.fstat(fd);
      } finally {
        fs.close(fd);
      }
    } catch (error) {
      if (!isFromName(error)) throw error;
      return undefined;
    }
  }

  #openIfThere(path: Path, flags: number): Fd | undefined {
    try {
      return this.#root.openPath(path, flags);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Where a name led before the archive had changed anything. */
  async #ledTo(path: Path): Promise<Path> {
    const below = await this.#views.below?.();
    if (below === undefined) return path;
    return join(realPathIn(this.#host.fs, below, dirname(path)), basename(path));
  }

  close(): void {
    this.#root.close();
  }
}

function pathOf(name: string): Path {
  return join('/' as Path, ...components(name, 'refuse'));
}

/** Whether an error speaks of a name, and not of this program. */
function isFromName(error: unknown): error is Error {
  return isSystemError(error) || error instanceof Refusal;
}
