import { readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../../src/core/archive/errors.ts';
import { decompress, detectCompression } from '../../../src/core/image/index.ts';
import { chunked, chunkings, collect, contents, gzipMembers, pack, skippableFrame, zstdFrame } from './streams.ts';

// Packed streams as registries and tools make them, cut into pieces in every way: what was packed comes out, and what is
// cut off, followed by something or damaged is an error, never a hang.

const pieces = fc.array(contents, { minLength: 1, maxLength: 4 });

/** A stream that `decompress` recognises, with the content that it holds. */
const packed = fc.oneof(
  contents.map((bytes) => ({
    format: 'plain',
    whole: Buffer.concat([Buffer.from('x'), bytes]),
    stream: Buffer.concat([Buffer.from('x'), bytes]),
  })),
  pieces.map((parts) => ({ format: 'gzip', whole: Buffer.concat(parts), stream: gzipMembers(parts) })),
  fc
    .tuple(pieces, fc.array(fc.nat(15), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([parts, nibbles, skippableFirst]) => ({
      format: 'zstd',
      whole: Buffer.concat(parts),
      stream: zstdFrames(parts, nibbles, skippableFirst ? 0 : 1),
    })),
);

function zstdFrames(parts: readonly Uint8Array[], nibbles: readonly number[], from: number): Buffer {
  const frames = parts.flatMap((part, i) => [
    skippableFrame(Buffer.from(`skipped ${i}`), nibbles[i % nibbles.length] ?? 0),
    zstdFrame(part, 100 + i * 131_000),
  ]);
  return Buffer.concat(frames.slice(from));
}

async function unpack(stream: Uint8Array, lengths?: readonly number[]): Promise<Buffer> {
  return collect(decompress(chunked(stream, lengths)));
}

test('what was packed comes out, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(packed, chunkings, async ({ whole, stream }, lengths) => {
      expect((await unpack(stream, lengths)).equals(whole)).toBe(true);
    }),
  );
});

test('a reader that stops early lets go of the source', async () => {
  for (const packing of ['plain', 'gzip', 'zstd'] as const) {
    let released = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunked(pack(Buffer.alloc(1 << 20, 'abc'), packing), [100]);
      } finally {
        released = true;
      }
    }
    for await (const chunk of decompress(source())) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await new Promise(setImmediate);
    expect([packing, released]).toEqual([packing, true]);
  }
});

test('damaged zstd streams take no memory from those after them', async () => {
  const content = Buffer.from('whole');
  const junkBlock = [(10 << 3) | 0b101, 0, 0, ...Buffer.alloc(10, 0xff)];
  // Windows of 128 MiB until no more would fit in 4 GiB, and then smaller ones.
  for (const exponent of [27, 24, 21, 18]) {
    const window = (exponent - 10) << 3;
    const damaged = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window, ...junkBlock]);
    for (let n = 0; n < 35; n += 1) await expect(unpack(damaged)).rejects.toThrow(Malformed);
  }
  expect(await unpack(zstdFrame(content, 100))).toEqual(content);
});

test('an error of the source is passed on as it is', async () => {
  for (const packing of ['plain', 'gzip', 'zstd'] as const) {
    const problem = new Error('the disk is on fire');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunked(pack(Buffer.alloc(100_000, 'abc'), packing).subarray(0, 40), [7]);
      throw problem;
    }
    await expect(collect(decompress(source()))).rejects.toBe(problem);
  }
});

describe('a packed stream that is cut off', () => {
  test('is an error at every length, but for those where a member or frame ends', async () => {
    for (const first of [gzipSync('one, one, one'), zstdFrame(Buffer.from('one'))]) {
      const stream = Buffer.concat([first, first]);
      for (let length = 4; length < stream.length; length += 1) {
        const cut = stream.subarray(0, length);
        if (length === first.length) await expect(unpack(cut)).resolves.toBeDefined();
        else await expect(unpack(cut), `${length} bytes`).rejects.toThrow(Malformed);
      }
    }
  });
});

describe('a packed stream that is followed by other bytes', () => {
  test.each([
    ['text', Buffer.from('garbage')],
    ['zeros', Buffer.alloc(512)],
    ['one zero', Buffer.alloc(1)],
    ['half a magic number', Buffer.from([0x1f])],
    ['a gzip header that is none', Buffer.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9])],
  ])('%s: an error, as with Go', async (_name, tail) => {
    for (const stream of [gzipSync('content'), zstdFrame(Buffer.from('content'))]) {
      await fc.assert(
        fc.asyncProperty(chunkings, async (lengths) => {
          await expect(unpack(Buffer.concat([stream, tail]), lengths)).rejects.toThrow(Malformed);
        }),
        { numRuns: 5 },
      );
    }
  });
});

test('what follows a gzip stream is named as such', async () => {
  for (const tail of [Buffer.from('garbage'), Buffer.alloc(512)]) {
    const followed = unpack(Buffer.concat([gzipSync('content'), tail]));
    await expect(followed).rejects.toThrow('the gzip stream is followed by other bytes');
  }
});

describe('real streams', () => {
  const tricky = new URL('../../data/images/tricky/', import.meta.url);
  const blobs = ['oci-gzip', 'oci-zstd'].flatMap((layout) => {
    const folder = new URL(`${layout}/blobs/sha256/`, tricky);
    return readdirSync(folder)
      .map((name) => readFileSync(new URL(name, folder)))
      .filter((bytes) => bytes[0] !== 0x7b);
  });
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  test('gzip and zstd blobs of one image hold the same archives', async () => {
    const digests = await Promise.all(blobs.map(async (blob) => sha256(await unpack(blob, [1000, 1]))));
    const gzip = blobs.filter((blob) => blob[0] === 0x1f).map((blob) => sha256(gunzipSync(blob)));
    expect(digests).toHaveLength(14);
    expect([...new Set(digests)].sort()).toEqual(gzip.sort());
  });

  test('damage anywhere ends in an error or in other bytes, and never in another error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...blobs),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (blob, at, flip) => {
          const damaged = Buffer.from(blob);
          const place = 4 + (at % (blob.length - 4));
          damaged[place] = (damaged[place] ?? 0) ^ flip;
          const outcome = await unpack(damaged).then(
            () => 'bytes, whose digest is another',
            (error: unknown) => (error instanceof Malformed ? 'an error' : error),
          );
          expect(['an error', 'bytes, whose digest is another']).toContain(outcome);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is told from the first bytes', () => {
  test('a tar whose first file is called like a packed stream is a tar (E7)', () => {
    const header = Buffer.alloc(512);
    header.write('ustar', 257, 'latin1');
    for (const magic of ['\x1f\x8b\x08', 'BZh9', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd']) {
      header.write(magic, 0, 'latin1');
      expect(detectCompression(header)).toBe('none');
    }
  });

  test.each([
    ['BZh91AY&SY', /bzip2.*bunzip2/],
    ['\xfd7zXZ\0\0', /xz.*unxz/],
  ])('%j is refused, with the tool that helps', (head, text) => {
    expect(() => detectCompression(Buffer.from(head, 'latin1'))).toThrow(text);
  });

  test('nothing at all is an empty archive (E6)', async () => {
    expect(await unpack(Buffer.alloc(0))).toHaveLength(0);
  });
});

describe('zstd frames that must not be decoded', () => {
  const magic = '28b52ffd';
  test.each([
    ['a window of 2 GiB', `${magic}00a8010000`, /2048 MiB/],
    ['a dictionary', `${magic}010007010000`, /dictionary/],
    ['a reserved bit', `${magic}0838010000`, /damaged/],
    ['a reserved block type', `${magic}0038070000`, /damaged/],
    ['a block beyond 128 KiB', `${magic}0038ffffff`, /damaged|early/],
  ])('%s', async (_name, hex, text) => {
    await expect(unpack(Buffer.from(hex, 'hex'))).rejects.toThrow(text);
  });
});
