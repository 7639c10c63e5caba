import {
  basename,
  dirname,
  DT_DIR,
  DT_UNKNOWN,
  errno,
  isDirectory,
  isSystemError,
  SystemError,
  type Dir,
  type Dirent,
  type Host,
  type Name,
  type NameCalls,
  type Path,
  type Stat,
} from '../../host/index.ts';
import { ownerMode } from './directory.ts';
import { Pace } from './pace.ts';

/**
 * Removes a file, or a directory with all that is in it. What does not exist, or vanishes meanwhile, counts as removed, so
 * that two processes may remove the same tree. No symlink is followed, and no mount is entered: a mount point inside is
 * EBUSY, with all beside it that came later still there. A directory that its owner may not read or write to is no obstacle
 * to its owner: its mode goes with it.
 */
export async function removeTree(host: Host, path: Path): Promise<void> {
  if (removesAtOnce(host.fs, path)) return;
  const parent = openIfExists(() => host.fs.openRoot(dirname(path)));
  if (parent === undefined) return;
  try {
    const name = basename(path) as Name;
    const found = parent.lstatIfExists(name);
    if (found === undefined) return;
    if (isDirectory(found.mode)) await new Removal(host, path, parent.stat().dev).full(parent, name);
    else unlinkIfExists(parent, name);
  } finally {
    parent.close();
  }
}

/** `removeTree` of a directory that is hardly empty, and is no mount point, since the caller has renamed it. */
export async function removeRenamed(host: Host, path: Path): Promise<void> {
  const directory = openIfExists(() => host.fs.openRoot(path));
  if (directory === undefined) return;
  try {
    await new Removal(host, path, directory.stat().dev).content(directory);
  } finally {
    directory.close();
  }
  ignoreMissing(() => {
    host.fs.rmdir(path);
  });
}

class Removal {
  readonly #host: Host;
  readonly #path: Path;
  readonly #device: number;
  readonly #pace: Pace;

  constructor(host: Host, path: Path, device: number) {
    this.#host = host;
    this.#path = path;
    this.#device = device;
    this.#pace = new Pace(host.system);
  }

  /** Removes a directory that is not empty. */
  async full(parent: Dir, name: Name): Promise<void> {
    const directory = openIfExists(() => this.#open(parent, name));
    if (directory === undefined) return;
    try {
      this.#mustNotBeMount(directory.stat());
      await this.content(directory);
    } finally {
      directory.close();
    }
    ignoreMissing(() => {
      parent.rmdir(name);
    });
  }

  #open(parent: Dir, name: Name): Dir {
    try {
      return parent.openDir(name);
    } catch (error) {
      const found = isSystemError(error, 'EACCES') ? parent.lstat(name) : undefined;
      if (found === undefined || !isDirectory(found.mode)) throw error;
      this.#mustNotBeMount(found);
      allowOwner(found, error, (mode) => {
        parent.chmod(name, mode);
      });
      return parent.openDir(name);
    }
  }

  #mustNotBeMount({ dev }: Stat): void {
    if (dev !== this.#device) throw new SystemError(errno.EBUSY, 'remove a mount point', this.#path);
  }

  async content(directory: Dir): Promise<void> {
    try {
      await this.#content(directory);
    } catch (error) {
      if (!isSystemError(error, 'EACCES')) throw error;
      allowOwner(directory.stat(), error, (mode) => {
        this.#host.fs.fchmod(directory.fd, mode);
      });
      await this.#content(directory);
    }
  }

  async #content(directory: Dir): Promise<void> {
    for (const entry of entriesIfExists(directory)) {
      const turn = this.#pace.step();
      if (turn !== undefined) await turn;
      const child = entry.name as Name;
      if (!isDirectoryEntry(directory, entry)) unlinkIfExists(directory, child);
      else if (!removesAtOnce(directory, child)) await this.full(directory, child);
    }
  }
}

/** Lets a directory's owner do all with it. Where the mode allowed that already, or somebody else owns it, `error` is thrown. */
function allowOwner({ permissions }: Stat, error: unknown, chmod: (mode: number) => void): void {
  if ((permissions & ownerMode) === ownerMode) throw error;
  try {
    chmod(permissions | ownerMode);
  } catch (failure) {
    throw isSystemError(failure, 'EPERM') ? error : failure;
  }
}

/** Whether the name was an empty directory, or was not there; that spares seven calls. */
function removesAtOnce<N extends Path>(parent: NameCalls<N>, name: N): boolean {
  try {
    return parent.rmdirIfEmpty(name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return true;
    if (isSystemError(error, 'ENOTDIR')) return false;
    throw error;
  }
}

/** A directory that was removed while it was open answers ENOENT. */
function entriesIfExists(directory: Dir): readonly Dirent[] {
  try {
    return directory.entries();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

function isDirectoryEntry(directory: Dir, entry: Dirent): boolean {
  if (entry.type !== DT_UNKNOWN) return entry.type === DT_DIR;
  return isDirectory(directory.lstatIfExists(entry.name as Name)?.mode ?? 0);
}

function unlinkIfExists(directory: Dir, name: Name): void {
  ignoreMissing(() => {
    directory.unlink(name);
  });
}

function openIfExists<D extends Dir>(open: () => D): D | undefined {
  try {
    return open();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function ignoreMissing(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
