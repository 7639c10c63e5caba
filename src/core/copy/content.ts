import {
  isSystemError,
  SEEK_DATA,
  SEEK_HOLE,
  SEEK_SET,
  type ErrorCode,
  type Fd,
  type FileSystem,
  type Stat,
} from '../../host/index.ts';

/** Bytes read and written at a time where the kernel does not copy by itself. */
const bufferSize = 1 << 20;
/** Bytes asked of one copy_file_range(2). */
const rangeSize = 1 << 24;
/** Copying so many bytes counts as a step of Pace. */
const bytesPerStep = 1 << 15;
/** The unit of st_blocks, in bytes. */
const blockSize = 512;

/** Errors that mean: not between these filesystems, not on this kernel. */
const unavailable: readonly ErrorCode[] = ['EOPNOTSUPP', 'ENOTTY', 'ENOSYS', 'EXDEV'];
/** The same of this one file, for instance one with checksums of another kind on btrfs. */
const refused: readonly ErrorCode[] = ['EINVAL', 'EPERM', 'ETXTBSY'];

/**
 * Copies the bytes of files the cheapest way that works: shared extents (FICLONE), then within the kernel
 * (copy_file_range), then through a buffer; that is Docker's order (graphdriver/copy). Holes stay holes. What turned out to
 * be unavailable is not tried again.
 */
export class ContentCopier {
  readonly #fs: FileSystem;
  #clones = true;
  #ranges = true;
  #buffer: Uint8Array | undefined;

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /**
   * Copies all bytes of `from` into the new, empty file `to`, and yields now and then what it has done, in the steps of Pace. A file
   * that shrinks meanwhile is copied as far as it goes.
   */
  *copy(from: Fd, to: Fd, { size, blocks }: Stat): Generator<number, void> {
    if (size === 0 || this.#clone(from, to)) return;
    if (Number(blocks) * blockSize < size && (yield* this.#copySparse(from, to, size))) return;
    yield* this.#copyPiece(from, to, 0, size);
  }

  #clone(from: Fd, to: Fd): boolean {
    if (!this.#clones) return false;
    try {
      this.#fs.ficlone(to, from);
      return true;
    } catch (error) {
      if (isSystemError(error, ...unavailable)) this.#clones = false;
      else if (!isSystemError(error, ...refused)) throw error;
      return false;
    }
  }

  /** Copies the pieces with data; `false` where the filesystem does not tell them. */
  *#copySparse(from: Fd, to: Fd, size: number): Generator<number, boolean> {
    for (let at = 0; at < size;) {
      const data = this.#seek(from, at, SEEK_DATA);
      if (data === 'unknown') return false;
      if (data === 'end') break;
      const hole = this.#seek(from, data, SEEK_HOLE);
      const end = typeof hole === 'number' ? Math.min(hole, size) : size;
      yield* this.#copyPiece(from, to, data, end - data);
      at = end;
    }
    this.#fs.ftruncate(to, size);
    return true;
  }

  #seek(fd: Fd, offset: number, whence: number): number | 'end' | 'unknown' {
    try {
      return this.#fs.lseek(fd, offset, whence);
    } catch (error) {
      if (isSystemError(error, 'ENXIO')) return 'end';
      if (isSystemError(error, 'EINVAL')) return 'unknown';
      throw error;
    }
  }

  *#copyPiece(from: Fd, to: Fd, offset: number, length: number): Generator<number, void> {
    const done = yield* this.#copyRange(from, to, offset, length);
    if (done < length) yield* this.#copyBytes(from, to, offset + done, length - done);
  }

  /** How many bytes the kernel copied; fewer than asked for where it cannot. */
  *#copyRange(from: Fd, to: Fd, offset: number, length: number): Generator<number, number> {
    let done = 0;
    while (this.#ranges && done < length) {
      const copied = this.#copySome(from, to, offset + done, Math.min(rangeSize, length - done));
      if (copied === 0) break;
      done += copied;
      yield copied / bytesPerStep;
    }
    return done;
  }

  /** One copy_file_range(2); 0 where it does not work. */
  #copySome(from: Fd, to: Fd, offset: number, length: number): number {
    try {
      return this.#fs.copyFileRange(from, offset, to, offset, length);
    } catch (error) {
      if (isSystemError(error, ...unavailable)) this.#ranges = false;
      else if (!isSystemError(error, ...refused)) throw error;
      return 0;
    }
  }

  *#copyBytes(from: Fd, to: Fd, offset: number, length: number): Generator<number, void> {
    const fs = this.#fs;
    this.#buffer ??= Buffer.allocUnsafeSlow(bufferSize);
    fs.lseek(to, offset, SEEK_SET);
    for (let done = 0; done < length;) {
      const wanted = Math.min(bufferSize, length - done);
      const read = fs.pread(from, this.#buffer.subarray(0, wanted), offset + done);
      if (read === 0) return;
      fs.writeAll(to, this.#buffer.subarray(0, read));
      done += read;
      yield read / bytesPerStep;
    }
  }
}
