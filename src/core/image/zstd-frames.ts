import type { ByteStream } from '../driver.ts';
import { ByteReader } from './byte-reader.ts';
import { Malformed } from '../archive/errors.ts';

/** First bytes of a frame (RFC 8878, section 3.1.1), read as a little-endian number. */
const frameMagic = 0xfd2fb528;
/** First bytes of a skippable frame (section 3.1.2): 0x184D2A50 to 0x184D2A5F. */
const skippableMagic = 0x184d2a50;

/** Bytes of the largest window that zstd itself decodes without being told to (`--long=27`). */
const windowMax = 2 ** 27 + 1;
/** Bytes of the largest block, packed or unpacked (section 3.1.1.2.4). */
const blockMax = 128 * 1024;

/** Whether a stream that begins with this number is a zstd stream. */
export function isZstd(magic: number): boolean {
  return magic === frameMagic || isSkippable(magic);
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === skippableMagic;
}

/**
 * The parts of a zstd stream that hold data: each frame's header, each block, each checksum by itself, and no skippable
 * frame. Node's decoder drops what follows the first frame of a write; fed with whole parts it is exact. A stream that ends
 * early or goes on after its last frame with something else is an error.
 */
export async function* zstdParts(source: ByteStream): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(source);
  try {
    for (;;) {
      const start = await reader.peek(4);
      if (start.length === 0) return;
      if (start.length < 4) throw truncated();
      const magic = littleEndian(start);
      if (magic === frameMagic) yield* frame(reader);
      else if (isSkippable(magic)) await skipFrame(reader);
      else throw new Malformed('the zstd stream is followed by other bytes');
    }
  } finally {
    await reader.close();
  }
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const length = littleEndian((await exactly(reader, 8)).subarray(4));
  if ((await reader.skip(length)) < length) throw truncated();
}

async function* frame(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const descriptor = (await reader.peek(5))[4];
  if (descriptor === undefined) throw truncated();
  const header = await exactly(reader, headerLength(descriptor));
  checkHeader(header, descriptor);
  yield header;
  let last = false;
  while (!last) {
    const blockHeader = await reader.peek(3);
    if (blockHeader.length < 3) throw truncated();
    const bits = littleEndian(blockHeader);
    last = (bits & 1) === 1;
    yield await exactly(reader, 3 + blockLength(bits));
  }
  const hasChecksum = (descriptor & 0b100) !== 0;
  if (hasChecksum) yield await exactly(reader, 4);
}

/** Bytes of the frame header with its magic number. */
function headerLength(descriptor: number): number {
  return 5 + windowLength(descriptor) + dictionaryLength(descriptor) + contentSizeLength(descriptor);
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0b100000) !== 0;
}

function windowLength(descriptor: number): number {
  return isSingleSegment(descriptor) ? 0 : 1;
}

function dictionaryLength(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 0b11] ?? 0;
}

function contentSizeLength(descriptor: number): number {
  const length = [0, 2, 4, 8][descriptor >> 6] ?? 0;
  return length === 0 && isSingleSegment(descriptor) ? 1 : length;
}

function checkHeader(header: Uint8Array, descriptor: number): void {
  if ((descriptor & 0b1000) !== 0) throw new Malformed('the zstd stream has a frame header that is damaged');
  const dictionary = header.subarray(5 + windowLength(descriptor)).subarray(0, dictionaryLength(descriptor));
  if (dictionary.some((byte) => byte !== 0)) {
    throw new Malformed('the zstd stream needs a dictionary, which no layer may');
  }
  const window = windowSize(header, descriptor);
  if (window > windowMax) {
    throw new Malformed(
      `the zstd stream needs a window of ${Math.ceil(window / 2 ** 20)} MiB, more than the 128 MiB that zstd allows; ` +
        'compress it again without --long or --ultra',
    );
  }
}

/** Bytes of the window: what the frame asks for, or all of a single segment. */
function windowSize(header: Uint8Array, descriptor: number): number {
  if (!isSingleSegment(descriptor)) {
    const bits = header[5] ?? 0;
    const base = 2 ** (10 + (bits >> 3));
    return base + (base / 8) * (bits & 0b111);
  }
  const field = header.subarray(header.length - contentSizeLength(descriptor));
  return littleEndian(field) + (field.length === 2 ? 256 : 0);
}

/** Bytes of a block without its header: a run is stored as one byte. */
function blockLength(bits: number): number {
  const type = (bits >> 1) & 0b11;
  const size = bits >> 3;
  if (type === 3 || size > blockMax) throw new Malformed('the zstd stream has a block header that is damaged');
  return type === 1 ? 1 : size;
}

async function exactly(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw truncated();
  return bytes;
}

function truncated(): Malformed {
  return new Malformed('the zstd stream ends early; the file is truncated');
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
