import { Malformed } from '../errors.ts';
import { readNumeric, readOctal } from './numeric.ts';

/** The unit of a tar: headers are one block, content is padded to whole ones. */
export const blockSize = 512;

/** How many bytes pad `size` to whole blocks. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The dialects that a header can tell of itself. `ustar` is PAX as well. */
export type HeaderFormat = 'v7' | 'ustar' | 'gnu' | 'star';

/** Where the fields of a header are: offset and width in bytes. */
export const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkname: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  uname: [265, 32],
  gname: [297, 32],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
  starPrefix: [345, 131],
  starAtime: [476, 12],
  starCtime: [488, 12],
  starTrailer: [508, 4],
  gnuAtime: [345, 12],
  gnuCtime: [357, 12],
  gnuRealSize: [483, 12],
} as const satisfies Record<string, readonly [number, number]>;

/** The fields of one header block, before any extension header is applied. Times are whole seconds. */
export interface Header {
  readonly format: HeaderFormat;
  readonly typeflag: string;
  readonly name: string;
  readonly linkname: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly atime: number | undefined;
  readonly devmajor: number;
  readonly devminor: number;
}

/**
 * Decodes the header block that begins at `at`, whose checksum is right. Not cutting it out of its chunk first saves a tenth of the time of reading.
 * @throws Malformed where Go's archive/tar finds an invalid header
 */
export function readHeader(chunk: Buffer, at: number): Header {
  const format = formatOf(chunk, at);
  const numbered = format !== 'v7';
  const { atime, prefix } = dialectFields(chunk, at, format);
  const name = text(chunk, at, field.name);
  return {
    format,
    typeflag: String.fromCharCode(chunk[at + field.typeflag[0]] ?? 0),
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkname: text(chunk, at, field.linkname),
    mode: numeric(chunk, at, field.mode),
    uid: numeric(chunk, at, field.uid),
    gid: numeric(chunk, at, field.gid),
    size: numeric(chunk, at, field.size),
    mtime: numeric(chunk, at, field.mtime),
    atime,
    devmajor: numbered ? numeric(chunk, at, field.devmajor) : 0,
    devminor: numbered ? numeric(chunk, at, field.devminor) : 0,
  };
}

/** What is in the field for the name, of a header that has more wrong with it. */
export function nameField(chunk: Buffer, at: number): string {
  return text(chunk, at, field.name);
}

/**
 * The sum of all bytes, the checksum's own counted as blanks; some old writers summed signed bytes.
 * @throws Malformed where the block is no header
 */
export function checkSum(chunk: Buffer, at: number): void {
  const expected = readOctal(chunk, at + field.checksum[0], field.checksum[1]);
  const unsigned = sumOf(chunk, at);
  if (unsigned === expected || unsigned - 256 * highBytes() === expected) return;
  throw new Malformed('not a tar header: the checksum is wrong');
}

// An aligned copy of the block being summed, so that it can be read by words.
const wordsPerBlock = blockSize / 4;
const words = new Int32Array(wordsPerBlock);
const wordBytes = Buffer.from(words.buffer);

/** The checksum of the header that begins at `at`. */
export function sumOf(chunk: Buffer, at: number): number {
  chunk.copy(wordBytes, 0, at, at + blockSize);
  for (let i = 0; i < field.checksum[1]; i += 1) wordBytes[field.checksum[0] + i] = 0x20;
  // Four sums in two numbers: 16 bits each, which 128 bytes of at most 255 do not overflow.
  let even = 0;
  let odd = 0;
  // Signed words and no iterator: that takes half the time.
  for (let i = 0; i < wordsPerBlock; i += 1) {
    const word = words[i] ?? 0;
    even += word & 0xff00ff;
    odd += (word >>> 8) & 0xff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

/** How many bytes of the block summed last are negative when they are taken as signed. */
function highBytes(): number {
  return wordBytes.reduce((count, byte) => (byte > 127 ? count + 1 : count), 0);
}

function formatOf(chunk: Buffer, at: number): HeaderFormat {
  if (!has(chunk, at + field.magic[0], 'ustar')) return 'v7';
  if (has(chunk, at + field.magic[0] + 5, '\0'))
    return has(chunk, at + field.starTrailer[0], 'tar\0') ? 'star' : 'ustar';
  return has(chunk, at + field.magic[0] + 5, '  \0') ? 'gnu' : 'v7';
}

function has(chunk: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (chunk[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

interface DialectFields {
  readonly atime: number | undefined;
  readonly prefix: string;
}

/** What the last 167 bytes of a header mean depends on the dialect. */
function dialectFields(chunk: Buffer, at: number, format: HeaderFormat): DialectFields {
  switch (format) {
    case 'ustar':
      return { atime: undefined, prefix: text(chunk, at, field.prefix) };
    case 'star':
      numeric(chunk, at, field.starCtime);
      return { atime: numeric(chunk, at, field.starAtime), prefix: text(chunk, at, field.starPrefix) };
    case 'gnu':
      return gnuFields(chunk, at);
    case 'v7':
      return { atime: undefined, prefix: '' };
  }
}

/**
 * GNU headers have times there. Go before 1.8 wrote a prefix by mistake; as Go does, what is no number is taken for one.
 */
function gnuFields(chunk: Buffer, at: number): DialectFields {
  try {
    // The second is of no use, but has to be a time as well.
    numericIfAny(chunk, at, field.gnuCtime);
    return { atime: numericIfAny(chunk, at, field.gnuAtime), prefix: '' };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const prefix = text(chunk, at, field.prefix);
    return { atime: undefined, prefix: isAscii(prefix) ? prefix : '' };
  }
}

const ascii = /^[\x01-\x7f]*$/;

/** Whether a byte string is plain ASCII without NUL, which every tar reader takes from a header field. */
export function isAscii(bytes: string): boolean {
  return ascii.test(bytes);
}

type Field = readonly [offset: number, width: number];

/** A text field: up to the first NUL or its full width. */
function text(chunk: Buffer, at: number, [offset, width]: Field): string {
  const from = at + offset;
  let to = from;
  while (to < from + width && chunk[to] !== 0) to += 1;
  return to === from ? '' : chunk.toString('latin1', from, to);
}

function numeric(chunk: Buffer, at: number, [offset, width]: Field): number {
  return readNumeric(chunk, at + offset, width);
}

function numericIfAny(chunk: Buffer, at: number, place: Field): number | undefined {
  return chunk[at + place[0]] === 0 ? undefined : numeric(chunk, at, place);
}

/** Whether the block that begins at `at` is all zeros, as the two at the end of an archive are. */
export function isZeroBlock(chunk: Buffer, at: number): boolean {
  for (let i = at; i < at + blockSize; i += 1) if (chunk[i] !== 0) return false;
  return true;
}
