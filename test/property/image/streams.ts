import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ByteStream } from '../../../src/core/driver.ts';

/** All bytes of a stream. */
export async function collect(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A stream of `bytes` in pieces of the given lengths, over and over. */
export async function* chunked(bytes: Uint8Array, lengths: readonly number[] = [65536]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
    await Promise.resolve();
  }
}

/** Lengths of pieces: single bytes, odd ones, large ones. */
export const chunkings = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 20, max: 700 }), fc.constant(65536)), {
  minLength: 1,
  maxLength: 6,
});

/** Content that is in part repetitive, as files are. */
export const contents = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(1500)).map(([byte, length]) => Buffer.alloc(length, byte)),
    ),
    { maxLength: 4 },
  )
  .map((parts) => Buffer.concat(parts));

/** How a stream is packed by the tests. */
export type Packing = 'plain' | 'gzip' | 'zstd';

export function pack(bytes: Uint8Array, packing: Packing): Buffer {
  switch (packing) {
    case 'plain':
      return Buffer.from(bytes);
    case 'gzip':
      return gzipSync(bytes, { level: 1 });
    case 'zstd':
      return zstdFrame(bytes);
  }
}

/** A gzip stream of several members: one for each piece. */
export function gzipMembers(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces.map((piece) => gzipSync(piece)));
}

const zstdMagic = Buffer.from('28b52ffd', 'hex');

/**
 * A zstd frame (RFC 8878) of raw and run-length blocks, which need no compressor: Node 20 has none. Real compressed blocks
 * are in test/data/images.
 */
export function zstdFrame(bytes: Uint8Array, blockLength = 1000): Buffer {
  const windowOf128KiB = (17 - 10) << 3;
  const parts: Buffer[] = [zstdMagic, Buffer.from([0, windowOf128KiB])];
  for (let at = 0; at < bytes.length || at === 0; at += blockLength) {
    parts.push(zstdBlock(bytes.subarray(at, at + blockLength), at + blockLength >= bytes.length));
  }
  return Buffer.concat(parts);
}

function zstdBlock(bytes: Uint8Array, last: boolean): Buffer {
  const [first = 0] = bytes;
  const isRun = bytes.length > 1 && bytes.every((byte) => byte === first);
  const header = Buffer.alloc(3);
  header.writeUIntLE(Number(last) | (Number(isRun) << 1) | (bytes.length << 3), 0, 3);
  return Buffer.concat([header, isRun ? Buffer.from([first]) : bytes]);
}

/** A frame that decoders skip (section 3.1.2). */
export function skippableFrame(content: Uint8Array, nibble: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + nibble, 0);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}
