import { errno } from '../../host/errno.ts';
import type { OpenFile } from '../vfs/open-file.ts';

/** The most descriptors of a process (RLIMIT_NOFILE). */
const limit = 1 << 20;

/** The descriptors of a process: a new one gets the lowest free number. */
export class Descriptors {
  readonly #files: (OpenFile | undefined)[] = [];
  /** No number below is free. */
  #full = 0;

  /** The open file of a descriptor that is not O_PATH (fdget). */
  get(fd: number): OpenFile | undefined {
    const file = this.#files[fd];
    return file?.isPath === true ? undefined : file;
  }

  /** The open file of any descriptor (fdget_raw). */
  getRaw(fd: number): OpenFile | undefined {
    return this.#files[fd];
  }

  /** Gives an open file its number, or EMFILE. */
  add(file: OpenFile): number {
    let fd = this.#full;
    while (this.#files[fd] !== undefined) fd += 1;
    if (fd >= limit) return -errno.EMFILE;
    this.put(fd, file);
    this.#full = fd + 1;
    return fd;
  }

  /** Gives an open file a number that is free. */
  put(fd: number, file: OpenFile): void {
    while (this.#files.length < fd) this.#files.push(undefined);
    this.#files[fd] = file;
    file.references += 1;
  }

  /** Frees a number; its open file has a reference less. */
  remove(fd: number): OpenFile | undefined {
    const file = this.#files[fd];
    if (file === undefined) return undefined;
    this.#files[fd] = undefined;
    this.#full = Math.min(this.#full, fd);
    file.references -= 1;
    return file;
  }

  /** Every descriptor with its file, in order. */
  *entries(): Generator<readonly [number, OpenFile]> {
    for (const [fd, file] of this.#files.entries()) if (file !== undefined) yield [fd, file];
  }
}
