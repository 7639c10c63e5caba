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
