import { closeSync, constants, openSync, readSync } from 'node:fs';

/** What the running kernel logs about overlay, from when this was opened. */
export class KernelLog {
  readonly #fd: number | undefined;
  readonly #buffer = Buffer.alloc(8192);

  constructor() {
    this.#fd = openLog();
    this.take();
  }

  /** The lines since the last call; `undefined` where the log may not be read. */
  take(): readonly string[] | undefined {
    if (this.#fd === undefined) return undefined;
    const lines: string[] = [];
    for (let record = this.#next(this.#fd); record !== undefined; record = this.#next(this.#fd)) {
      const message = record.slice(record.indexOf(';') + 1).trimEnd();
      if (message.includes('overlay')) lines.push(message);
    }
    return lines;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  /** One record, `''` for one that was overwritten before it was read, `undefined` after the last. */
  #next(fd: number): string | undefined {
    try {
      return this.#buffer.toString('latin1', 0, readSync(fd, this.#buffer));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return undefined;
      if (code === 'EPIPE') return '';
      throw error;
    }
  }
}

function openLog(): number | undefined {
  try {
    return openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
