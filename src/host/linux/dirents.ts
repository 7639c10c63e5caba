import type { Dirent } from '../stat.ts';

/** Where a struct linux_dirent64 has its fields; all are little-endian. `ino` and `off` are words of 8 bytes. */
const offsetOf = { ino: 0, off: 8, reclen: 16, type: 18, name: 19 } as const;

const wordSize = 8;

/** Memory for getdents64(2), which aligns each record to a word. */
export class DirentBuffer {
  readonly bytes: Buffer;
  readonly #words: BigUint64Array;

  /** @param size in bytes, a multiple of 8 */
  constructor(size: number) {
    const memory = new ArrayBuffer(size);
    this.bytes = Buffer.from(memory);
    this.#words = new BigUint64Array(memory);
  }

  /** The records in the first `length` bytes, as getdents64(2) wrote them. */
  records(length: number): readonly Dirent[] {
    const entries: Dirent[] = [];
    for (let at = 0; at < length;) {
      const end = at + this.#reclen(at);
      entries.push(this.#record(at, end));
      at = end;
    }
    return entries;
  }

  #reclen(at: number): number {
    return this.#byte(at + offsetOf.reclen) | (this.#byte(at + offsetOf.reclen + 1) << 8);
  }

  /** Read byte by byte and word by word: Buffer's methods for it take as long as the system call. */
  #record(at: number, end: number): Dirent {
    return {
      name: this.bytes.toString('latin1', at + offsetOf.name, this.#nameEnd(at, end)),
      type: this.#byte(at + offsetOf.type),
      ino: this.#words[(at + offsetOf.ino) / wordSize] ?? 0n,
      off: this.#words[(at + offsetOf.off) / wordSize] ?? 0n,
    };
  }

  /** The NUL after a name is in the last word of its record; what follows it may be anything. */
  #nameEnd(at: number, end: number): number {
    let nul = Math.max(at + offsetOf.name, end - wordSize);
    while (this.#byte(nul) !== 0) nul += 1;
    return nul;
  }

  #byte(at: number): number {
    return this.bytes[at] ?? 0;
  }
}
