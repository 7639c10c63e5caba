/**
 * The number of an object with that of its filesystem in the highest bits (xino, R109); `undefined` where the number needs these
 * bits itself. The lowest of the `bits` stays free for numbers that are made up.
 */
export function mapIno(ino: number | bigint, bits: number, fsid: number): number | bigint | undefined {
  if (bits <= 0) return ino;
  const shift = 64 - bits;
  if (isWiderThan(ino, shift)) return undefined;
  return fsid === 0 ? ino : BigInt(ino) | (BigInt(fsid) << BigInt(shift + 1));
}

function isWiderThan(ino: number | bigint, bits: number): boolean {
  return typeof ino === 'number' ? bits < 53 && ino >= 2 ** bits : ino >> BigInt(bits) !== 0n;
}

/** A made-up number of a directory, in the range that mapIno leaves free (ovl_map_ino). */
export function madeUpIno(number: number, bits: number): bigint {
  return BigInt(number) | (1n << BigInt(64 - bits));
}
