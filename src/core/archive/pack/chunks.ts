/** Bytes of one chunk of an archive being written. */
const chunkSize = 1 << 18;

/**
 * Gathers the bytes of an archive into chunks, because a promise for each header would cost more than the header. A chunk that
 * is given back is filled again.
 */
export class Chunks {
  #chunk: Buffer = Buffer.allocUnsafeSlow(chunkSize);
  #filled = 0;
  #full: Buffer[] = [];
  readonly #free: Buffer[] = [];

  put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const room = this.room();
      const length = Math.min(room.length, bytes.length - at);
      room.set(at === 0 && length === bytes.length ? bytes : bytes.subarray(at, at + length));
      this.used(length);
      at += length;
    }
  }

  /** So many zero bytes. */
  zeros(count: number): void {
    for (let left = count; left > 0;) {
      const room = this.room();
      const length = Math.min(room.length, left);
      room.fill(0, 0, length);
      this.used(length);
      left -= length;
    }
  }

  /** Where the next bytes go, for who can write them there at once; `used` says how many they were. Never empty. */
  room(): Buffer {
    return this.#chunk.subarray(this.#filled);
  }

  used(count: number): void {
    this.#filled += count;
    if (this.#filled < chunkSize) return;
    this.#full.push(this.#chunk);
    this.#chunk = this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkSize);
    this.#filled = 0;
  }

  /** Whether a chunk is full. */
  get anyFull(): boolean {
    return this.#full.length > 0;
  }

  /** The chunks that are full. */
  take(): readonly Buffer[] {
    if (this.#full.length === 0) return none;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Takes back a full chunk that was taken, when nobody needs its bytes any more. */
  giveBack(chunk: Buffer): void {
    this.#free.push(chunk);
  }

  /** All that is left, at the end. */
  takeAll(): readonly Buffer[] {
    const rest = this.#filled === 0 ? [] : [this.#chunk.subarray(0, this.#filled)];
    this.#filled = 0;
    return [...this.take(), ...rest];
  }
}

const none: readonly Buffer[] = [];
