import { O_DIRECTORY, O_NOFOLLOW, O_PATH, type Fd, type FileSystem, type Path } from '../../host/index.ts';

/**
 * A directory, told from any other that takes its name. It is held open, because a filesystem may give the number of one that is
 * gone to the next that is made, as ext4 does at once. Whoever has one closes it.
 */
export class KnownDirectory {
  readonly #fs: FileSystem;
  readonly #fd: Fd;

  /** The directory that has that name now. */
  constructor(fs: FileSystem, path: Path) {
    this.#fs = fs;
    this.#fd = fs.open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  }

  /** Whether it has that name still, or again. */
  isAt(path: Path): boolean {
    const { dev, ino } = this.#fs.fstat(this.#fd);
    const found = this.#fs.lstatIfExists(path);
    return found?.dev === dev && found.ino === ino;
  }

  close(): void {
    this.#fs.close(this.#fd);
  }
}
