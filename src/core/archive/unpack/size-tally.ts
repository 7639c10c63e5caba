import { isDirectory, type Stat } from '../../../host/index.ts';

/** The size of a directory (`directorySize`), kept up to date while files come and go, instead of a walk at the end. */
export class SizeTally {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A new inode has so many bytes. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** A name of an inode was removed; the inode counts until its last name goes. */
  removed(stat: Stat): void {
    if (!isDirectory(stat.mode) && stat.nlink <= 1) this.#bytes -= stat.size;
  }
}
