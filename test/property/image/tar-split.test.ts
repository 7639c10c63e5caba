import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyLayerToTree } from '../../../src/core/archive/index.ts';
import { ImageError } from '../../../src/core/image/index.ts';
import { Crc64 } from '../../../src/core/image/tar-split/crc64.ts';
import { ChangedFileError } from '../../../src/core/image/tar-split/changed-file.ts';
import { reassemble } from '../../../src/core/image/tar-split/reassemble.ts';
import { parseSplitRecord } from '../../../src/core/image/tar-split/record.ts';
import { recorded, SplitRecorder } from '../../../src/core/image/tar-split/recorder.ts';
import { join, O_TRUNC, O_WRONLY } from '../../../src/host/index.ts';
import { layerBytes, layerCases } from '../archive/layer-cases.ts';
import { simScratches, type Scratch } from '../archive/scratch.ts';
import { streamOf } from '../archive/unpack-case.ts';

const crcOf = (bytes: Uint8Array): string => {
  const crc = new Crc64();
  crc.update(bytes);
  return crc.digest().toString('base64');
};

describe('crc64', () => {
  // What containers/storage recorded of such files.
  test.each([
    ['hi\n', 'YUmYEAAAAAA='],
    ['A'.repeat(3000), '3UsnB2UQkVI='],
  ])('of a file is that of tar-split', (content, sum) => {
    expect(crcOf(Buffer.from(content))).toBe(sum);
  });

  test('does not depend on how the bytes are cut', () => {
    const cut = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 });
    fc.assert(
      fc.property(cut, (pieces) => {
        const crc = new Crc64();
        for (const piece of pieces) crc.update(piece);
        expect(crc.digest().toString('base64')).toBe(crcOf(Buffer.concat(pieces)));
      }),
    );
  });
});

/** Unpacks an archive while it is recorded. */
async function unpack(
  { host, directory }: Scratch,
  archive: Buffer,
  chunkSize: number,
  recordMax?: number,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  const recorder = new SplitRecorder({ append: (packed) => pieces.push(packed) }, {}, recordMax);
  const stream = recorded(streamOf(archive, chunkSize), recorder);
  await applyLayerToTree(host, stream, { root: directory, files: 'own' });
  return recorder.finish() === 'whole' ? Buffer.concat(pieces) : undefined;
}

async function again({ host, directory }: Scratch, split: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of reassemble(host, { view: directory }, streamOf(split))) hash.update(chunk);
  return hash.digest('hex');
}

describe('an archive, its files apart', () => {
  const chunkSizes = [1, 512, 1000, 1 << 20];

  test('is bit for bit the same again, whatever its dialect', async () => {
    let count = 0;
    for (const [n, { id, layers }] of layerCases().entries()) {
      const archive = layerBytes(layers[0] ?? []);
      await simScratches.run(async (scratch) => {
        const split = await unpack(scratch, archive, chunkSizes[n % chunkSizes.length] ?? 1).catch(() => undefined);
        if (split === undefined) return;
        count += 1;
        expect(await again(scratch, split), id).toBe(createHash('sha256').update(archive).digest('hex'));
      });
    }
    expect(count).toBeGreaterThan(100);
  });

  test('may have more than one line holds that is in none of its files', async () => {
    const count = 3 << 19;
    const sparse = { 'GNU.sparse.size': String(2 * count), 'GNU.sparse.numblocks': '1' };
    const map = { 'GNU.sparse.map': `${count},${count}` };
    const archive = layerBytes([
      { type: 'file', name: 'a', data: { repeat: 'x', count }, pax: { ...sparse, ...map } },
      { type: '@append', data: { repeat: 'y', count } },
    ]);
    await simScratches.run(async (scratch) => {
      const split = (await unpack(scratch, archive, 1 << 16)) ?? Buffer.alloc(0);
      const longest = Math.max(
        ...gunzipSync(split)
          .toString()
          .split('\n')
          .map((line) => line.length),
      );
      expect(longest).toBeLessThan(2 << 20);
      expect(await again(scratch, split)).toBe(createHash('sha256').update(archive).digest('hex'));
    });
    // What would be too long is not kept at all.
    await simScratches.run(async (scratch) => {
      expect(await unpack(scratch, archive, 1 << 16, 1000)).toBeUndefined();
    });
  });

  test('is written down while it is read, however much it is', () => {
    const count = 3 << 20;
    const archive = layerBytes([
      { type: 'file', name: 'a', data: 'A' },
      { type: '@append', data: { repeat: 'y', count } },
    ]);
    let length = 0;
    const recorder = new SplitRecorder({ append: (packed) => (length += gunzipSync(packed).length) });
    for (let at = 0; at < archive.length; at += 1 << 16) recorder.push(archive.subarray(at, at + (1 << 16)));
    expect(length).toBeGreaterThan(count / 2);
    expect(recorder.finish()).toBe('whole');
    expect(length).toBeGreaterThan(count);
  });

  test('is not recorded where a name comes twice', async () => {
    const archive = layerBytes([
      { type: 'file', name: 'a', data: 'A' },
      { type: 'file', name: './a', data: 'B' },
    ]);
    await simScratches.run(async (scratch) => {
      expect(await unpack(scratch, archive, 1000)).toBeUndefined();
    });
  });

  test('is not recorded where a file is lost with the directory that another takes the place of', async () => {
    const archive = layerBytes([
      { type: 'file', name: 'e/d/a', data: 'A' },
      { type: 'symlink', name: 'e', linkname: 'f' },
    ]);
    await simScratches.run(async (scratch) => {
      expect(await unpack(scratch, archive, 1000)).toBeUndefined();
    });
  });

  test('that is refused is refused by whoever unpacks it, with its place', async () => {
    const archive = layerBytes([{ type: 'file', name: '../a' }]);
    await simScratches.run(async (scratch) => {
      await expect(unpack(scratch, archive, 1000)).rejects.toThrow(
        'refused: the name "../a" leaves the layer ("../a", byte 0 of the archive)',
      );
    });
  });

  test.each([
    ['other content', 'DATA', 'has other content'],
    ['a shorter file', 'da', 'has 2 bytes instead of 4'],
    ['a longer file', 'data+', 'has more than 4 bytes'],
  ])('names the file that has changed: %s', async (_name, content, why) => {
    const archive = layerBytes([
      { type: 'dir', name: 'd/' },
      { type: 'file', name: 'd/a', data: 'data' },
    ]);
    await simScratches.run(async (scratch) => {
      const split = (await unpack(scratch, archive, 1000)) ?? Buffer.alloc(0);
      const { fs } = scratch.host;
      const fd = fs.open(join(scratch.directory, 'd/a'), O_WRONLY | O_TRUNC);
      fs.writeAll(fd, Buffer.from(content));
      fs.close(fd);
      await expect(again(scratch, split)).rejects.toThrow(new ChangedFileError('d/a', why));
      fs.unlink(join(scratch.directory, 'd/a'));
      fs.mkdir(join(scratch.directory, 'd/a'), 0o755);
      await expect(again(scratch, split)).rejects.toThrow(new ChangedFileError('d/a', 'is no regular file'));
      fs.rmdir(join(scratch.directory, 'd/a'));
      await expect(again(scratch, split)).rejects.toThrow(/"d\/a" cannot be read: ENOENT/);
    });
  });
});

describe('tar-split.json.gz', () => {
  test('has a line for each file and for what is between them', async () => {
    const archive = layerBytes([
      { type: 'dir', name: 'd/' },
      { type: 'file', name: { hex: '642fff' }, data: 'hi\n' },
    ]);
    await simScratches.run(async (scratch) => {
      const split = (await unpack(scratch, archive, 1000)) ?? Buffer.alloc(0);
      const lines = gunzipSync(split).toString().split('\n').slice(0, -1);
      const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(values.map(({ type }) => type)).toEqual([2, 1, 2, 1, 2]);
      expect(values[1]).toEqual({ type: 1, name: 'd/', payload: null, position: 1 });
      expect(values[3]).toEqual({ type: 1, name_raw: 'ZC//', size: 3, payload: 'YUmYEAAAAAA=', position: 3 });
      expect(parseSplitRecord(lines[3] ?? '')).toMatchObject({ kind: 'file', name: 'd/\xff', size: 3 });
    });
  });

  test.each(['', '{}', '[]', '{"type":3}', '{"type":1}'])('is refused with the line %s', (line) => {
    expect(() => parseSplitRecord(line)).toThrow(/record of the archive's headers is damaged/);
  });

  test('is refused where it is cut off', async () => {
    await simScratches.run(async (scratch) => {
      const line = '{"type":2,"payload":""}';
      await expect(again(scratch, gzipSync(line))).rejects.toThrow(/cut off/);
      await expect(again(scratch, gzipSync(line).subarray(0, 20))).rejects.toThrow(ImageError);
    });
  });
});
