import { isSystemError, O_CREAT, O_WRONLY, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';

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

  /** The count of this boot; 0 where it is one of an earlier boot, `undefined` where there is no file. */
  read(): number | undefined {
    const record = readFileIfExists(this.#host.fs, this.#file);
    if (record === undefined) return undefined;
    const [boot, count] = record.trimEnd().split(' ');
    return boot === this.#host.system.bootId() ? Number(count) : 0;
  }

  write(count: number): void {
    if (count === 0) this.#remove();
    else this.#writeRecord(`${this.#host.system.bootId()} ${String(count).padStart(countDigits, '0')}\n`);
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
