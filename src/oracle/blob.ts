import { createHash } from 'node:crypto';
import type { InputBlob } from './records.ts';
import type { Json } from './schema.ts';

/** Longer data are recorded by their digest. */
const inlineLimit = 256;
const plain = /^[\x20-\x7e\n]*$/;

/** Bytes as a result: text where it is plain, hex where not, a digest where they are many. */
export function blobOf(bytes: Uint8Array): Json {
  if (bytes.length > inlineLimit) {
    return { sha256: createHash('sha256').update(bytes).digest('hex'), len: bytes.length };
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = view.toString('latin1');
  return plain.test(text) ? text : { hex: view.toString('hex') };
}

/** The result of bytes that come in pieces, too many to be told whole; a sparse file may have more than any buffer holds. */
export class BlobOfPieces {
  readonly #hash = createHash('sha256');
  #length = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  blob(): Json {
    return { sha256: this.#hash.digest('hex'), len: this.#length };
  }
}

/** The bytes that a record tells to write. */
export function bytesOfBlob(blob: InputBlob): Uint8Array {
  return typeof blob === 'string' ? Buffer.from(blob, 'latin1') : Buffer.from(blob.hex, 'hex');
}
