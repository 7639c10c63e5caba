import { Malformed } from '../errors.ts';

/**
 * Number fields of tar headers: octal text, or base-256 where the first bit is set (GNU, star). The rules are those of Go's
 * archive/tar, which is what Docker reads with.
 */

const space = 0x20;
const zero = 0x30;

/** A field as a number. Beyond 2^53 it is rounded; beyond 64 bits it is malformed. */
export function readNumeric(block: Uint8Array, at: number, width: number): number {
  const first = block[at] ?? 0;
  return (first & 0x80) === 0 ? readOctal(block, at, width) : readBase256(block, at, width);
}

/** Octal digits, with blanks and NULs around them; nothing is 0. */
export function readOctal(block: Uint8Array, at: number, width: number): number {
  let from = at;
  let to = at + width;
  while (from < to && isBlank(block[from])) from += 1;
  while (to > from && isBlank(block[to - 1])) to -= 1;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const byte = block[i] ?? 0;
    if (byte === 0) break;
    if (byte < zero || byte > zero + 7) throw new Malformed('a number field is not octal');
    value = value * 8 + (byte - zero);
  }
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0;
}

/** Two's complement, big endian; the first bit only marks the form. */
function readBase256(block: Uint8Array, at: number, width: number): number {
  const negative = ((block[at] ?? 0) & 0x40) !== 0;
  let value = 0n;
  for (let i = 0; i < width; i += 1) {
    let byte = block[at + i] ?? 0;
    if (negative) byte ^= 0xff;
    if (i === 0) byte &= 0x7f;
    value = (value << 8n) | BigInt(byte);
  }
  if (value > int64Max) throw new Malformed('a number field has more than 64 bits');
  return Number(negative ? ~value : value);
}

const int32Max = 2 ** 31 - 1;
const int64Max = (1n << 63n) - 1n;
const int64Min = -(1n << 63n);

/** A decimal number of a PAX record. Beyond 2^53 it is rounded; beyond 64 bits it is malformed. */
export function readDecimal(text: string): number {
  if (!decimal.test(text)) throw new Malformed(`not a decimal number: ${JSON.stringify(text.slice(0, 40))}`);
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const exact = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (exact > int64Max || exact < int64Min) throw new Malformed(`a number has more than 64 bits: ${text.slice(0, 40)}`);
  return value;
}

const decimal = /^[+-]?[0-9]+$/;

/** The powers of 8, by exponent: the first number that so many digits cannot write. */
const powers = Array.from({ length: 12 }, (_, digits) => 8 ** digits);

/** Whether a number fits an octal field with its NUL. */
export function fitsOctal(value: number, width: number): boolean {
  return value >= 0 && value < (powers[width - 1] ?? 0);
}

/** Writes zero-padded octal digits and a NUL; what does not fit is written as 0, as Go does beside a PAX record. */
export function writeOctal(block: Uint8Array, at: number, width: number, value: number): void {
  let rest = fitsOctal(value, width) ? value : 0;
  let i = at + width - 2;
  for (; rest > int32Max; i -= 1) {
    block[i] = zero + (rest % 8);
    rest = Math.floor(rest / 8);
  }
  // Most numbers fit 32 bits, whose arithmetic takes a tenth of the time.
  for (let digits = rest | 0; i >= at; i -= 1, digits >>= 3) block[i] = zero + (digits & 7);
  block[at + width - 1] = 0;
}
