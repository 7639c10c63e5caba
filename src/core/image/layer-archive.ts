import type { Hash } from 'node:crypto';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { ByteStream } from '../driver.ts';
import { decompress } from './compression.ts';
import { algorithmOf } from './digest.ts';
import { digestOf, hashFor } from './hashing.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import type { ImageLayer } from './image.ts';

/** Takes the number of bytes of a layer's file that were read just now. */
export type BytesRead = (count: number) => void;

/**
 * The uncompressed archive of a layer, verified while it is read: the size and digest of the file as the image stores it,
 * and the diffID of the archive. What is wrong is known at the end only, so a reader must read to the end before it keeps
 * anything, and must keep nothing where the end is an error.
 */
export class LayerArchive {
  readonly #files: ImageFiles;
  readonly #layer: ImageLayer;
  readonly #bytesRead: BytesRead;
  readonly #limits: Partial<ArchiveLimits> | undefined;
  #isVerified = false;

  constructor(files: ImageFiles, layer: ImageLayer, bytesRead: BytesRead, limits?: Partial<ArchiveLimits>) {
    this.#files = files;
    this.#layer = layer;
    this.#bytesRead = bytesRead;
    this.#limits = limits;
  }

  /** Whether the archive was read to its end, and everything was right. */
  get isVerified(): boolean {
    return this.#isVerified;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { diffId, stored } = this.#layer;
    const hash = hashFor(diffId);
    try {
      for await (const chunk of decompress(this.#stored(), this.#limits)) {
        hash.update(chunk);
        yield chunk;
      }
      compare(hash, diffId, 'unpacked it');
    } catch (error) {
      throw error instanceof ImageError ? new ImageError(`${stored.file}: ${error.message}`) : error;
    }
    this.#isVerified = true;
  }

  /** The file as the image stores it. */
  async *#stored(): ByteStream & AsyncGenerator<Uint8Array> {
    const { file, size, digest } = this.#layer.stored;
    const hash = digest === undefined ? undefined : hashFor(digest);
    let length = 0;
    for await (const chunk of this.#files.read(file)) {
      length += chunk.length;
      hash?.update(chunk);
      this.#bytesRead(chunk.length);
      yield chunk;
    }
    if (length !== size) throw new ImageError(`it has ${length} bytes instead of ${size}; the file is damaged`);
    if (hash !== undefined && digest !== undefined) compare(hash, digest, 'it');
  }
}

function compare(hash: Hash, expected: ImageLayer['diffId'], what: string): void {
  const found = digestOf(hash, algorithmOf(expected));
  if (found !== expected) {
    throw new ImageError(`${what} has the digest ${found} instead of ${expected}; the image is damaged`);
  }
}
