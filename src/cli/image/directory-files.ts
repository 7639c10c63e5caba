import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { ByteStream } from '../../core/driver.ts';
import { ImageError, type ImageFiles } from '../../core/image/index.ts';
import { readWhole } from './file-source.ts';

/** The files of an image in a directory. Symlinks are followed as long as they stay in it. */
export class DirectoryFiles implements ImageFiles {
  readonly label: string;
  readonly #root: string;

  constructor(directory: string) {
    this.label = directory;
    this.#root = realpathSync(directory);
  }

  size(name: string): number | undefined {
    const path = this.#find(name);
    return path === undefined ? undefined : statSync(path).size;
  }

  read(name: string): ByteStream {
    const path = this.#find(name);
    if (path === undefined) throw new ImageError(`there is no file ${JSON.stringify(name)} in ${this.label}`);
    return readWhole(path);
  }

  /** The file that a name leads to, if that is a regular file inside the directory. */
  #find(name: string): string | undefined {
    if (name.includes('\0')) return undefined;
    try {
      const path = realpathSync(join(this.#root, name));
      const isInside = path.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
      return isInside && statSync(path).isFile() ? path : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code);
}
