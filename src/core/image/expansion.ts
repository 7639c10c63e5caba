import type { ByteStream } from '../driver.ts';
import { Malformed } from '../archive/errors.ts';

/** Bytes that a packed stream may unpack to whatever its own size: little streams of blanks pack well. */
const freeBytes = 1 << 20;

/** Compares what a packed stream unpacks to with its own size, while both go by. */
export class ExpansionGauge {
  readonly #limit: number;
  #in = 0;
  #out = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The packed stream, counted. */
  async *packed(source: ByteStream): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#in += chunk.length;
      yield chunk;
    }
  }

  /** What it unpacks to. @throws Malformed before a chunk that is too much */
  async *unpacked(source: ByteStream): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#out += chunk.length;
      if (this.#out > freeBytes && this.#out > this.#in * this.#limit) {
        throw new Malformed(`it unpacks to more than ${this.#limit} times its size, which is the limit expansion`);
      }
      yield chunk;
    }
  }
}
