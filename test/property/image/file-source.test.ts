import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openFile, readWhole } from '../../../src/cli/image/file-source.ts';
import { openImageFiles } from '../../../src/cli/image/open-files.ts';
import { ImageError } from '../../../src/core/image/index.ts';
import { layerBytes } from '../archive/layer-cases.ts';

const directory = mkdtempSync(join(tmpdir(), 'graphdriver-source-'));
const path = join(directory, 'file');
/** Several pieces, no two of which are alike. */
const content = Buffer.from(Uint32Array.from({ length: 500_000 }, (_, n) => n).buffer);

beforeEach(() => {
  writeFileSync(path, content);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** The bytes of a stream, each piece copied before the next is asked for. */
async function copied(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('a file that is read ahead', () => {
  test('gives its bytes in their order', async () => {
    expect((await copied(readWhole(path))).equals(content)).toBe(true);
  });

  test.each([
    [7, 1_999_993],
    [600_000, 600_001],
    [5, 5],
  ])('gives the bytes from %d to %d', async (start, end) => {
    const file = await openFile(path);
    expect((await copied(file.read(start, end))).equals(content.subarray(start, end))).toBe(true);
    await file.close();
  });

  test('keeps a piece as it is until the next one is asked for', async () => {
    const pieces = readWhole(path);
    const first = await pieces.next();
    if (first.done === true) throw new Error('nothing was read');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(content.subarray(0, first.value.length).equals(first.value)).toBe(true);
    await pieces.return(undefined);
  });

  test('says that it became shorter, to whoever asks for what is missing', async () => {
    const pieces = readWhole(path);
    await pieces.next();
    truncateSync(path, 1000);
    await expect(copied(pieces)).rejects.toThrow(ImageError);
  });
});

describe('a pipe by its name', () => {
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);

  test('is read as a file is', async () => {
    const [bytes] = await Promise.all([copied(readWhole(pipe)), writeFile(pipe, content)]);
    expect(bytes.equals(content)).toBe(true);
  });

  test('is read no further when that is stopped', async () => {
    const stopped = AbortSignal.abort(new Error('stopped by SIGINT'));
    await expect(openImageFiles(pipe, { signal: stopped })).rejects.toThrow('stopped by SIGINT');
  });

  test.each(['nobody has opened', 'somebody keeps open'])(
    'that %s is not waited for when that is stopped',
    async (who) => {
      const writer = who === 'somebody keeps open' ? openSync(pipe, 'r+') : undefined;
      const stopping = new AbortController();
      const image = openImageFiles(pipe, { signal: stopping.signal });
      setTimeout(() => {
        stopping.abort(new Error('stopped by SIGINT'));
      }, 20);
      await expect(image).rejects.toThrow('stopped by SIGINT');
      if (writer !== undefined) closeSync(writer);
    },
  );

  test('may hold an image', async () => {
    const archive = gzipSync(layerBytes([{ type: 'file', name: 'manifest.json', data: '[]' }]));
    const [image] = await Promise.all([openImageFiles(pipe, {}), writeFile(pipe, archive)]);
    expect(image.files.size('manifest.json')).toBe(2);
    expect((await copied(image.files.read('manifest.json'))).toString()).toBe('[]');
    await image.close();
  });
});
