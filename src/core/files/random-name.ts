import type { System } from '../../host/index.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Characters of a random name: 130 bits, so that two of them never meet. */
const nameLength = 26;

/**
 * A random name of 26 characters A–Z and 2–7 (RFC 4648 base 32). It is what overlay2 calls its links: 17 random bytes,
 * of whose 28 characters the first 26 are taken.
 */
export function randomName(system: System): string {
  return base32(system.randomBytes(Math.ceil((nameLength * 5) / 8))).slice(0, nameLength);
}

/** RFC 4648 base 32 without padding. */
function base32(bytes: Uint8Array): string {
  const characters: number[] = [];
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      characters.push(alphabet.charCodeAt((pending >> bits) & 31));
    }
    pending &= (1 << bits) - 1;
  }
  if (bits > 0) characters.push(alphabet.charCodeAt((pending << (5 - bits)) & 31));
  return String.fromCharCode(...characters);
}
