import { OutputClosedError, type Output } from '../../../src/cli/output.ts';

/** An output that keeps what is written. */
export class Recording implements Output {
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  readonly columns = 80;
  readonly #chunks: Buffer[] = [];
  /** How many writes succeed before the reader is gone. */
  #writesLeft: number;

  constructor({ terminal = false, writes = Infinity }: { terminal?: boolean; writes?: number } = {}) {
    this.isTerminal = terminal;
    this.hasColors = terminal;
    this.#writesLeft = writes;
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.#writesLeft === 0) return Promise.reject(new OutputClosedError('nobody reads'));
    this.#writesLeft -= 1;
    this.#chunks.push(Buffer.from(data));
    return Promise.resolve();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }
}
