import { fstatSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { major } from '../host/stat.ts';
import { closed, type Output } from './output.ts';

/** How long one waits for room in a pipe that somebody has made one that does not wait itself, in milliseconds. */
const pause = 1;

/**
 * Whether a descriptor takes bytes at once, without Node's streams: a file, a pipe, or a device as /dev/null. Node's streams
 * write to these synchronously as well, and loading them takes a tenth as long as starting Node.
 */
export function takesBytes(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  const status = fstatSync(fd);
  return status.isFile() || status.isFIFO() || (status.isCharacterDevice() && major(status.rdev) === memoryDevices);
}

/** The major number of /dev/null, /dev/full and their like, of which none is a terminal. */
const memoryDevices = 1;

/** An Output over a descriptor for which `takesBytes`. */
export class DescriptorOutput implements Output {
  readonly isTerminal = false;
  readonly hasColors = false;
  readonly columns = 80;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let written = 0; written < bytes.length;) {
      const length = this.#tryWrite(bytes.subarray(written));
      if (length === 0) await setTimeout(pause);
      written += length;
    }
  }

  /** How many bytes were written; 0 where there is no room. */
  #tryWrite(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if ('code' in error && error.code === 'EAGAIN') return 0;
      throw closed(error);
    }
  }
}
