import type { ByteStream } from '../driver.ts';

const nothing = new Uint8Array(0);

/** Reads a stream in pieces of chosen lengths. Whoever stops early calls `close`. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #ahead: Uint8Array = nothing;
  #ended = false;

  constructor(source: ByteStream) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes without taking them, good until more is read; fewer only at the end of the stream. */
  async peek(length: number): Promise<Uint8Array> {
    await this.#fill(length);
    return this.#ahead.subarray(0, length);
  }

  /** Takes the next `length` bytes, good until more is read; fewer only at the end of the stream. */
  async take(length: number): Promise<Uint8Array> {
    await this.#fill(length);
    const taken = this.#ahead.subarray(0, length);
    this.#ahead = this.#ahead.subarray(taken.length);
    return taken;
  }

  /** Drops the next `length` bytes; answers how many there were. */
  async skip(length: number): Promise<number> {
    let dropped = 0;
    while (dropped < length) {
      const chunk = this.#ahead.length > 0 ? this.#ahead : await this.#next();
      if (chunk === undefined) break;
      const count = Math.min(chunk.length, length - dropped);
      this.#ahead = chunk.subarray(count);
      dropped += count;
    }
    return dropped;
  }

  /** All that is left. */
  async *rest(): ByteStream & AsyncGenerator<Uint8Array> {
    try {
      if (this.#ahead.length > 0) {
        const ahead = this.#ahead;
        this.#ahead = nothing;
        yield ahead;
      }
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
    } finally {
      await this.close();
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  async #fill(length: number): Promise<void> {
    if (this.#ahead.length === 0 && length > 0) this.#ahead = (await this.#next()) ?? nothing;
    if (this.#ahead.length >= length) return;
    // Copies: a chunk is good until the next one is asked for.
    const chunks = [Buffer.from(this.#ahead)];
    let filled = this.#ahead.length;
    while (filled < length) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      chunks.push(Buffer.from(chunk));
      filled += chunk.length;
    }
    this.#ahead = Buffer.concat(chunks, filled);
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const step = await this.#source.next();
    if (step.done !== true) return step.value;
    this.#ended = true;
    return undefined;
  }
}
