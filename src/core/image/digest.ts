import { createHash, type Hash } from 'node:crypto';
import { ImageError } from './error.ts';

declare const digestBrand: unique symbol;

/** A digest as `digest` admits it: `sha256:` and 64 hexadecimal digits, or `sha512:` and 128. */
export type Digest = string & { readonly [digestBrand]: true };

/** The algorithms that the OCI image-spec registers, with the number of their hexadecimal digits. */
const hexDigits = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/** Whether a text is a digest. */
export function isDigest(text: string): text is Digest {
  const [algorithm = '', hex = '', ...rest] = text.split(':');
  return rest.length === 0 && hex.length === hexDigits.get(algorithm) && /^[0-9a-f]*$/.test(hex);
}

/** Admits a text as a digest; `where` says in the error what it was read from. @throws ImageError */
export function digest(text: string, where: string): Digest {
  if (isDigest(text)) return text;
  throw new ImageError(`${where} is ${JSON.stringify(text.slice(0, 200))}, which is no sha256 or sha512 digest`);
}

/** `sha256` or `sha512`. */
export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

/** The hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** A running hash of the algorithm that `expected` names. */
export function hashFor(expected: Digest): Hash {
  return createHash(algorithmOf(expected));
}

/** The digest that a hash has come to. Ends the hash. */
export function digestOf(hash: Hash, algorithm: string): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}

/** The sha256 digest of some bytes. */
export function sha256(bytes: Uint8Array | string): Digest {
  return digestOf(createHash('sha256').update(bytes), 'sha256');
}

/** Whether `bytes` have this digest. */
export function hasDigest(bytes: Uint8Array, expected: Digest): boolean {
  return digestOf(hashFor(expected).update(bytes), algorithmOf(expected)) === expected;
}

/**
 * The chainIDs of a stack of layers, base first (OCI image-spec config.md, "Layer ChainID"): the base layer's is its
 * diffID; each next one's is the sha256 of the chainID below, a space and the layer's diffID.
 */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : sha256(`${below} ${diffId}`));
  }
  return chain;
}
