import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveFiles, chainIds, digest, openImage, parsePlatform, type Image } from '../../../src/core/image/index.ts';
import { LayerArchive } from '../../../src/core/image/layer-archive.ts';
import { DirectoryFiles } from '../../../src/cli/image/directory-files.ts';
import { openFile } from '../../../src/cli/image/file-source.ts';
import { addDockerImage, addOciImage, archiveOf, filesOf, sha256, sourceOf, tarOf, type FileMap } from './images.ts';
import { chunkings, collect, contents } from './streams.ts';

// Whatever form an image has, the same layers come out of it, verified.

const choice = { platform: parsePlatform('linux/amd64') };

async function layersOf(image: Image): Promise<readonly Buffer[]> {
  const archives = image.layers.map((layer) => new LayerArchive(image.files, layer, () => undefined));
  return Promise.all(archives.map(collect));
}

const packings = fc.constantFrom('plain' as const, 'gzip' as const, 'zstd' as const);
const images = fc.record({ layers: fc.array(contents, { maxLength: 5 }), packing: packings });

describe('an image in any form', () => {
  const forms = fc.constantFrom(addDockerImage, addOciImage);

  test('has the layers that were put into it', async () => {
    await fc.assert(
      fc.asyncProperty(images, forms, chunkings, fc.boolean(), async (parts, addImage, lengths, asArchive) => {
        const map: FileMap = new Map();
        addImage(map, parts);
        const files = asArchive ? await archiveFiles(sourceOf(await archiveOf(map), lengths)) : filesOf(map, lengths);
        const image = await openImage(files, choice);
        expect(image.layers.map(({ diffId }) => diffId)).toEqual(parts.layers.map(sha256));
        expect(await layersOf(image)).toEqual(parts.layers);
      }),
      { numRuns: 30 },
    );
  });

  test('an archive that is both forms gives its layers once', async () => {
    const map: FileMap = new Map();
    const parts = { layers: [Buffer.from('one'), Buffer.from('two')], names: ['both:1'] };
    addDockerImage(map, parts);
    addOciImage(map, { ...parts, packing: 'gzip' });
    const image = await openImage(await archiveFiles(sourceOf(await archiveOf(map))), choice);
    expect(image.name).toBe('both:1');
    expect(image.layers.every(({ stored }) => stored.digest !== undefined)).toBe(true);
  });
});

test('chainIDs are those of the OCI image-spec', () => {
  const [base, next, top] = ['base', 'next', 'top'].map((text) => digest(sha256(text), 'a test'));
  if (base === undefined || next === undefined || top === undefined) throw new Error('three digests');
  const second = sha256(`${base} ${next}`);
  expect(chainIds([base, next, top])).toEqual([base, second, sha256(`${second} ${top}`)]);
  expect(chainIds([])).toEqual([]);
});

describe('the image of a real dockerd', () => {
  const tricky = new URL('../../data/images/tricky/', import.meta.url).pathname;
  const expected = readFileSync(`${tricky}expected/overlay2/layers.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { chainId: string; diffId: string });

  test.each(['docker-archive.tar', 'oci-gzip', 'oci-zstd'])('%s', async (form) => {
    const source = form.endsWith('.tar') ? await openFile(tricky + form) : undefined;
    const files = source === undefined ? new DirectoryFiles(tricky + form) : await archiveFiles(source);
    const image = await openImage(files, choice);
    expect(image.name).toBe(form.endsWith('.tar') ? 'tricky:app' : 'app');
    expect(image.layers.map(({ chainId, diffId }) => ({ chainId, diffId }))).toEqual(
      expected.map(({ chainId, diffId }) => ({ chainId, diffId })),
    );
    for (const archive of await layersOf(image)) expect(archive.length % 512).toBe(0);
    await source?.close();
  });
});

describe('archives as tools write them', () => {
  const layer = Buffer.from('the layer');
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [sha256(layer), sha256(layer)] },
    }),
  );
  const manifest = (layers: readonly string[]): Buffer =>
    Buffer.from(JSON.stringify([{ Config: 'config.json', RepoTags: ['a:b'], Layers: layers }]));
  const open = async (archive: Buffer): Promise<readonly Buffer[]> =>
    layersOf(await openImage(await archiveFiles(sourceOf(archive)), choice));

  test('links to other layers are followed inside the archive', async () => {
    const archive = await tarOf([
      { name: 'manifest.json', content: manifest(['symbolic/layer.tar', 'hard.tar']) },
      { name: 'config.json', content: config },
      { name: 'real/layer.tar', content: layer },
      { name: 'symbolic/layer.tar', type: 'symlink', linkname: '../real/layer.tar' },
      { name: 'hard.tar', type: 'link', linkname: './symbolic/layer.tar' },
    ]);
    expect(await open(archive)).toEqual([layer, layer]);
  });

  test('links that lead out of it, in circles or nowhere lead to nothing', async () => {
    for (const linkname of ['../../etc/passwd', 'a.tar', 'nowhere', '/etc/passwd']) {
      const archive = await tarOf([
        { name: 'manifest.json', content: manifest(['a.tar', 'a.tar']) },
        { name: 'config.json', content: config },
        { name: 'a.tar', type: 'symlink', linkname },
      ]);
      await expect(open(archive)).rejects.toThrow('is missing: there is no a.tar');
    }
  });

  test('names with ./ in front, long names, directories between, a member written twice', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}.tar`;
    const archive = await tarOf([
      { name: './', type: 'directory' },
      { name: './config.json', content: config },
      { name: `./${long}`, content: layer },
      { name: './twice.tar', content: 'not this one' },
      { name: './twice.tar', content: layer },
      { name: './manifest.json', content: manifest([long, './twice.tar']) },
    ]);
    expect(await open(archive)).toEqual([layer, layer]);
  });

  test('contents are not read until they are asked for', async () => {
    const big = Buffer.alloc(5 << 20, 1);
    const archive = await tarOf([
      { name: 'big', content: big },
      { name: 'manifest.json', content: '[]' },
    ]);
    let read = 0;
    const source = sourceOf(archive);
    const files = await archiveFiles({
      ...source,
      read: (start, end) => {
        read += end - start;
        return source.read(start, end);
      },
    });
    expect(files.size('big')).toBe(big.length);
    expect(read).toBeLessThan(1 << 18);
  });
});
