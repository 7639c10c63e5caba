import { defaultLimits, type ArchiveLimits } from '../archive/limits.ts';
import type { ByteStream } from '../driver.ts';
import { ByteReader } from './byte-reader.ts';
import { ImageError } from './error.ts';
import { ExpansionGauge } from './expansion.ts';
import { isZstd } from './zstd-frames.ts';

/** How a layer's archive is packed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** Where a tar header has its magic, and where the first header ends. */
const ustarAt = 257;
const headerLength = 512;

/** Formats that nobody may use for a layer (OCI image-spec layer.md), but that Docker accepts: first bytes in latin1. */
const refused = [
  { magic: 'BZh', name: 'bzip2', tool: 'bunzip2' },
  { magic: '\xfd7zXZ\0', name: 'xz', tool: 'unxz' },
] as const;

/**
 * How the stream that begins with `head` is packed. The `ustar` of a tar header counts first: a file in the archive may
 * have a name that looks like a packed stream (layer-rules E7). What is nothing known is taken for a tar.
 * @throws ImageError for bzip2 and xz
 */
export function detectCompression(head: Uint8Array): Compression {
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('ustar', ustarAt)) return 'none';
  if (text.startsWith('\x1f\x8b\x08')) return 'gzip';
  if (head.length >= 4 && isZstd(Buffer.from(head).readUInt32LE())) return 'zstd';
  for (const { magic, name, tool } of refused) {
    if (text.startsWith(magic)) throw new ImageError(`it is packed with ${name}; unpack it with \`${tool}\` first`);
  }
  return 'none';
}

/**
 * A tar archive, unpacked where it is packed with gzip or zstd. Memory is bounded, and a reader that stops early lets go of
 * the source. It may expand as much as `limits` allow, the defaults unless given.
 * @throws Malformed where the stream is damaged, ends early, expands too much, or is followed by other bytes; ImageError for
 * bzip2 and xz
 */
export async function* decompress(source: ByteStream, limits: Partial<ArchiveLimits> = {}): AsyncGenerator<Uint8Array> {
  const { expansion } = { ...defaultLimits, ...limits };
  const gauge = new ExpansionGauge(expansion);
  const reader = new ByteReader(gauge.packed(source));
  try {
    const compression = detectCompression(await reader.peek(headerLength));
    const unpacked = await decoder(compression, reader.rest());
    yield* compression === 'none' ? unpacked : gauge.unpacked(unpacked);
  } finally {
    await reader.close();
  }
}

/** The codecs are loaded when a stream needs them, so that commands without one start quickly. */
async function decoder(compression: Compression, source: ByteStream): Promise<ByteStream> {
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return (await import('./gzip.ts')).gunzip(source);
    case 'zstd':
      return (await import('./zstd.ts')).unzstd(source);
  }
}
