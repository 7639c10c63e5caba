import { isDirectory, isSystemError, type Dir, type Host, type Name, type Path } from '../../host/index.ts';
import { Pace } from './pace.ts';

/**
 * The bytes below a directory as Docker's directory.Size counts them: the sizes of all that is not a directory, each inode
 * once. A symlink counts the length of its target. What vanishes meanwhile counts nothing.
 */
export async function directorySize(host: Host, path: Path): Promise<number> {
  const root = host.fs.openRoot(path);
  try {
    return await new Sizes(host).below(root);
  } finally {
    root.close();
  }
}

class Sizes {
  readonly #seen = new Set<bigint>();
  readonly #pace: Pace;

  constructor(host: Host) {
    this.#pace = new Pace(host.system);
  }

  async below(directory: Dir): Promise<number> {
    let bytes = 0;
    for (const entry of directory.entries()) {
      await this.#pace.step();
      bytes += await this.#entry(directory, entry.name as Name);
    }
    return bytes;
  }

  async #entry(parent: Dir, name: Name): Promise<number> {
    const found = parent.lstatIfExists(name);
    if (found === undefined) return 0;
    if (isDirectory(found.mode)) return this.#directory(parent, name);
    if (found.size === 0 || (found.nlink > 1 && this.#seen.has(found.ino))) return 0;
    if (found.nlink > 1) this.#seen.add(found.ino);
    return found.size;
  }

  async #directory(parent: Dir, name: Name): Promise<number> {
    let directory: Dir;
    try {
      directory = parent.openDir(name);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return 0;
      throw error;
    }
    try {
      return await this.below(directory);
    } finally {
      directory.close();
    }
  }
}
