/**
 * CRC-64 with the polynomial of ISO 3309 (x^64 + x^4 + x^3 + x + 1), as tar-split and Go's hash/crc64 have it. The polynomial is
 * so thin that four bytes take a dozen shifts and no table, so that summing all files of a layer costs next to nothing.
 */
export class Crc64 {
  /** The upper and lower half of the register, all ones at first. */
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let high = this.#high;
    let low = this.#low;
    let at = 0;
    for (; at + 4 <= buffer.length; at += 4) {
      const taken = low ^ buffer.readInt32LE(at);
      low = high ^ (taken << 31) ^ (taken << 29) ^ (taken << 28);
      high = taken ^ (taken >>> 1) ^ (taken >>> 3) ^ (taken >>> 4);
    }
    for (; at < buffer.length; at += 1) {
      const taken = (low ^ (buffer[at] ?? 0)) & 0xff;
      low = (low >>> 8) | (high << 24);
      high = (high >>> 8) ^ (taken << 24) ^ (taken << 23) ^ (taken << 21) ^ (taken << 20);
    }
    this.#high = high;
    this.#low = low;
  }

  /** The sum so far, eight bytes, the most significant first. */
  digest(): Buffer {
    const sum = Buffer.alloc(8);
    sum.writeInt32BE(~this.#high, 0);
    sum.writeInt32BE(~this.#low, 4);
    return sum;
  }
}
