import { createHash, type Hash } from 'node:crypto';
import { algorithmOf, type Digest } from './digest.ts';

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
