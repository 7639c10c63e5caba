import { algorithmOf, hexOf, type Digest } from './digest.ts';
import { parseDocument, readDocument, type Json } from './document.ts';
import type { Descriptor } from './descriptor.ts';
import { ImageError } from './error.ts';
import type { ImageFiles } from './files.ts';
import { hasDigest } from './hashing.ts';

/** The parts of an image that are called by their digests. */
export interface Blobs {
  readonly files: ImageFiles;
  /** The name of a blob's file, whether it is there or not. */
  readonly nameOf: (digest: Digest) => string;
}

/** The blobs of an OCI layout: `blobs/sha256/HEX`. */
export function blobsOfLayout(files: ImageFiles): Blobs {
  return { files, nameOf: (digest) => `blobs/${algorithmOf(digest)}/${hexOf(digest)}` };
}

/**
 * Reads a JSON blob; its size and digest are checked. One that has no file may stand in its descriptor (OCI image-spec
 * descriptor.md, "Embedded Content").
 * @throws ImageError
 */
export async function readBlob({ files, nameOf }: Blobs, descriptor: Descriptor): Promise<Json> {
  const { digest, size, data, where } = descriptor;
  const name = nameOf(digest);
  if (data === undefined || files.size(name) !== undefined) return readDocument(files, name, { size, digest });
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length !== size || !hasDigest(bytes, digest)) throw new ImageError(`${where}.data is not ${digest}`);
  return parseDocument(bytes, `${where}.data`);
}
