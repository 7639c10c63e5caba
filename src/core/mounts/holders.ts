import { isSystemError, O_CREAT, O_RDONLY, O_WRONLY, type Host, type Path } from '../../host/index.ts';

/**
 * How many holders a layer has, in a file that all processes share; whoever reads or changes it holds the home's lock.
 * The file is one record of fixed length, written in one call, so that no crash leaves half of it. It names the boot of
 * the machine: a mount does not outlive that, and neither does a count. When the last holder is gone so is the file.
 */
export class Holders {
  readonly #host: Host;
  readonly #file: Path;

  constructor(host: Host, file: Path) {
    this.#host = host;
    this.#file = file;
  }

  /** The count of this boot; 0 where there is no file, or one of an earlier boot. */
  read(): number {
    const record = this.#readRecord();
    if (record === '') return 0;
    const [boot, count] = record.split(' ');
    return boot === this.#host.system.bootId() ? Number(count) : 0;
  }

  write(count: number): void {
    if (count === 0) this.#remove();
    else this.#writeRecord(`${this.#host.system.bootId()} ${String(count).padStart(countDigits, '0')}\n`);
  }

  #readRecord(): string {
    const { fs } = this.#host;
    const fd = fs.openIfExists(this.#file, O_RDONLY);
    if (fd === undefined) return '';
    try {
      const buffer = Buffer.alloc(recordLimit);
      return buffer.toString('latin1', 0, fs.read(fd, buffer)).trimEnd();
    } finally {
      fs.close(fd);
    }
  }

  #writeRecord(record: string): void {
    const { fs } = this.#host;
    const fd = fs.open(this.#file, O_WRONLY | O_CREAT, fileMode);
    try {
      fs.writeAll(fd, Buffer.from(record, 'latin1'));
    } finally {
      fs.close(fd);
    }
  }

  #remove(): void {
    try {
      this.#host.fs.unlink(this.#file);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
}

const fileMode = 0o600;
const countDigits = 10;
/** A boot id (36), a blank, the count and a newline. */
const recordLimit = 128;
