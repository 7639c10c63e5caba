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
  starTrailer: [508, 4],
  gnuAtime: [345, 12],
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

/** Decodes a header block. @throws Malformed where Go's archive/tar finds an invalid header. */
export function readHeader(block: Buffer): Header {
  checkSum(block);
  const format = formatOf(block);
  const numbered = format !== 'v7';
  const { atime, prefix } = dialectFields(block, format);
  const name = text(block, field.name);
  return {
    format,
    typeflag: block.toString('latin1', 156, 157),
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkname: text(block, field.linkname),
    mode: numeric(block, field.mode),
    uid: numeric(block, field.uid),
    gid: numeric(block, field.gid),
    size: numeric(block, field.size),
    mtime: numeric(block, field.mtime),
    atime,
    devmajor: numbered ? numeric(block, field.devmajor) : 0,
    devminor: numbered ? numeric(block, field.devminor) : 0,
  };
}

/** The sum of all bytes, the checksum's own counted as blanks; some old writers summed signed bytes. */
function checkSum(block: Buffer): void {
  const [at, width] = field.checksum;
  const expected = readOctal(block, at, width);
  const unsigned = sumOf(block);
  if (unsigned === expected || unsigned - 256 * highBytes(block) === expected) return;
  throw new Malformed('not a tar header: the checksum is wrong');
}

// An aligned copy of the block being summed, so that it can be read by words.
const words = new Uint32Array(blockSize / 4);
const wordBytes = new Uint8Array(words.buffer);

/** The checksum of a header. */
export function sumOf(block: Uint8Array): number {
  const [at, width] = field.checksum;
  wordBytes.set(block);
  wordBytes.fill(0x20, at, at + width);
  // Two sums in one number: 16 bits each, which 256 bytes of at most 255 do not overflow.
  let sums = 0;
  for (const word of words) sums += (word & 0xff00ff) + ((word >>> 8) & 0xff00ff);
  return (sums & 0xffff) + (sums >>> 16);
}

function highBytes(block: Uint8Array): number {
  const [at, width] = field.checksum;
  return block.reduce((count, byte, i) => (byte > 127 && (i < at || i >= at + width) ? count + 1 : count), 0);
}

function formatOf(block: Buffer): HeaderFormat {
  const magic = raw(block, field.magic);
  if (magic === 'ustar\0') return raw(block, field.starTrailer) === 'tar\0' ? 'star' : 'ustar';
  return magic === 'ustar ' && raw(block, field.version) === ' \0' ? 'gnu' : 'v7';
}

/** What the last 167 bytes of a header mean depends on the dialect. */
function dialectFields(block: Buffer, format: HeaderFormat): { atime: number | undefined; prefix: string } {
  switch (format) {
    case 'ustar':
      return { atime: undefined, prefix: text(block, field.prefix) };
    case 'star':
      return { atime: numeric(block, field.starAtime), prefix: text(block, field.starPrefix) };
    case 'gnu':
      return gnuFields(block);
    case 'v7':
      return { atime: undefined, prefix: '' };
  }
}

/**
 * GNU headers have times there. Go before 1.8 wrote a prefix by mistake; as Go does, what is no number is taken for one.
 */
function gnuFields(block: Buffer): { atime: number | undefined; prefix: string } {
  if (block[field.gnuAtime[0]] === 0) return { atime: undefined, prefix: '' };
  try {
    return { atime: numeric(block, field.gnuAtime), prefix: '' };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const prefix = text(block, field.prefix);
    return { atime: undefined, prefix: isAscii(prefix) ? prefix : '' };
  }
}

const ascii = /^[\x01-\x7f]*$/;

/** Whether a byte string is plain ASCII without NUL, which every tar reader takes from a header field. */
export function isAscii(bytes: string): boolean {
  return ascii.test(bytes);
}

/** A text field: up to the first NUL or its full width. */
function text(block: Buffer, [at, width]: readonly [number, number]): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + width ? at + width : end);
}

function raw(block: Buffer, [at, width]: readonly [number, number]): string {
  return block.toString('latin1', at, at + width);
}

function numeric(block: Buffer, [at, width]: readonly [number, number]): number {
  return readNumeric(block, at, width);
}

/** Whether a block is all zeros, as the two at the end of an archive are. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < blockSize; i += 1) if (block[i] !== 0) return false;
  return true;
}
