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
} from '../../host/index.ts';
import { Pace } from './pace.ts';

/**
 * Removes a file, or a directory with all that is in it. What does not exist, or vanishes meanwhile, counts as removed, so
 * that two processes may remove the same tree. No symlink is followed, and no mount is entered: a mount point inside is
 * EBUSY, with all beside it that came later still there.
 */
export async function removeTree(host: Host, path: Path): Promise<void> {
  if (!removesAtOnce(host.fs, path)) await removeFull(host, path);
}

/** `removeTree` of what is hardly an empty directory. */
export async function removeFull(host: Host, path: Path): Promise<void> {
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

class Removal {
  readonly #path: Path;
  readonly #device: number;
  readonly #pace: Pace;

  constructor(host: Host, path: Path, device: number) {
    this.#path = path;
    this.#device = device;
    this.#pace = new Pace(host.system);
  }

  async directory(parent: Dir, name: Name): Promise<void> {
    if (!removesAtOnce(parent, name)) await this.full(parent, name);
  }

  /** `directory`, where it is known that it is not empty. */
  async full(parent: Dir, name: Name): Promise<void> {
    const directory = openIfExists(() => parent.openDir(name));
    if (directory === undefined) return;
    try {
      if (directory.stat().dev !== this.#device) throw new SystemError(errno.EBUSY, 'remove a mount point', this.#path);
      for (const entry of entriesIfExists(directory)) {
        await this.#pace.step();
        const child = entry.name as Name;
        if (isDirectoryEntry(directory, entry)) await this.directory(directory, child);
        else unlinkIfExists(directory, child);
      }
    } finally {
      directory.close();
    }
    ignoreMissing(() => {
      parent.rmdir(name);
    });
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
