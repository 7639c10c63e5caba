import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress, openImage, parsePlatform, type Image } from '../../../src/core/image/index.ts';
import { LayerArchive } from '../../../src/core/image/layer-archive.ts';
import {
  addBlob,
  addFirstImage,
  addManifest,
  directoryOf,
  filesOf,
  json,
  readJson,
  setIndex,
  sha256,
  types,
  type FileMap,
} from './images.ts';
import { chunked, chunkings, collect, contents, gzipMembers, skippableFrame, zstdFrame } from './streams.ts';

// The forms that few tools write: skopeo's directory, Docker's archive before 1.10, blobs in descriptors, other digests and
// packings.

const choice = { platform: parsePlatform('linux/amd64') };
const layers = [Buffer.from('base'), Buffer.from('top')];
const packings = fc.constantFrom('plain' as const, 'gzip' as const, 'zstd' as const);

async function layersOf(image: Image): Promise<readonly Buffer[]> {
  return Promise.all(image.layers.map((layer) => collect(new LayerArchive(image.files, layer, () => undefined))));
}

describe("skopeo's directory", () => {
  test('has the layers that were put into it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(contents, { maxLength: 4 }), packings, chunkings, async (layers, packing, lengths) => {
        const layout: FileMap = new Map();
        const map = directoryOf(layout, addManifest(layout, { layers, packing }));
        const image = await openImage(filesOf(map, lengths), choice);
        expect(await layersOf(image)).toEqual(layers);
        expect(image.layers.every(({ stored }) => stored.digest !== undefined)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test('may hold one image for several platforms, and manifests that name no type', async () => {
    const layout: FileMap = new Map();
    const manifests = ['amd64', 'arm64'].map((architecture, i) => ({
      ...addManifest(
        layout,
        { layers: layers.slice(i), platform: { os: 'linux', architecture } },
        { mediaType: undefined },
      ),
      platform: { os: 'linux', architecture },
    }));
    const map = directoryOf(layout, addBlob(layout, json({ schemaVersion: 2, manifests }), types.index));
    expect(await layersOf(await openImage(filesOf(map), choice))).toEqual(layers);
    const other = await openImage(filesOf(map), { platform: parsePlatform('linux/arm64') });
    expect(await layersOf(other)).toEqual(layers.slice(1));
  });

  test('holds no names', async () => {
    const layout: FileMap = new Map();
    const manifest = addManifest(layout, { layers });
    const map = directoryOf(layout, manifest);
    await expect(openImage(filesOf(map), { ...choice, ref: 'app' })).rejects.toThrow(/no image "app", but sha256:/);
    expect((await openImage(filesOf(map), { ...choice, ref: manifest.digest })).layers).toHaveLength(2);
  });
});

describe('an archive of Docker before 1.10', () => {
  test('has the layers that were put into it', async () => {
    const stacks = fc.array(contents, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(stacks, packings, chunkings, async (layers, packing, lengths) => {
        const map: FileMap = new Map();
        addFirstImage(map, { layers, names: ['old:1', 'old:latest'], packing });
        addFirstImage(map, { layers: [], names: [] });
        const image = await openImage(filesOf(map, lengths), { ...choice, ref: 'old' });
        expect(image.name).toBe('old:latest');
        expect(image.layers.map(({ diffId }) => diffId)).toEqual(layers.map(sha256));
        expect(await layersOf(image)).toEqual(layers);
      }),
      { numRuns: 15 },
    );
  });

  const old = (): FileMap => {
    const map: FileMap = new Map();
    addFirstImage(map, { layers, names: ['old:1'] });
    return map;
  };
  const files = (map: FileMap, end: string): readonly string[] => [...map.keys()].filter((name) => name.endsWith(end));

  test('with several images needs a name', async () => {
    const map = old();
    addFirstImage(map, { layers: layers.slice(1), names: ['other:2'] });
    await expect(openImage(filesOf(map), choice)).rejects.toThrow('several images: old:1, other:2');
    expect((await openImage(filesOf(map), { ...choice, ref: 'other:2' })).layers).toHaveLength(1);
  });

  test.each([
    [
      'a layer is missing',
      (map: FileMap) => map.delete(files(map, '.tar')[0] ?? ''),
      /the layer .* is missing: there is/,
    ],
    ['a parent is missing', (map: FileMap) => map.delete(files(map, '/json')[0] ?? ''), /\/json is missing/],
    [
      'a circle of parents',
      (map: FileMap) => {
        const [base = '', top = ''] = files(map, '/json');
        map.set(base, json({ ...(readJson(map, base) as object), parent: top.slice(0, 64) }));
      },
      /is its own parent, by 2 steps/,
    ],
    [
      'no list of names',
      (map: FileMap) => map.set('repositories', json([])),
      /repositories is \[\]; it must be an object/,
    ],
    [
      'a name that leads nowhere',
      (map: FileMap) => map.set('repositories', json({ a: { b: 'none' } })),
      /none\/json is missing/,
    ],
    [
      'a layer that is packed and damaged',
      (map: FileMap) => map.set(files(map, '.tar')[0] ?? '', Buffer.from([0x1f, 0x8b, 8, 0])),
      /layer\.tar: the gzip stream is damaged/,
    ],
  ])('%s', async (_name, damage, text) => {
    const map = old();
    damage(map);
    await expect(openImage(filesOf(map), choice)).rejects.toThrow(text);
  });
});

describe('a blob that its descriptor holds', () => {
  const embedded = (bytes: Uint8Array): FileMap => {
    const map: FileMap = new Map();
    const manifest = addManifest(map, { layers });
    const name = `blobs/sha256/${manifest.digest.slice('sha256:'.length)}`;
    const data = Buffer.from(map.get(name) ?? bytes).toString('base64');
    map.delete(name);
    setIndex(map, [
      Object.assign(manifest, { data: bytes.length === 0 ? data : Buffer.from(bytes).toString('base64') }),
    ]);
    return map;
  };

  test('needs no file', async () => {
    expect(await layersOf(await openImage(filesOf(embedded(Buffer.alloc(0))), choice))).toEqual(layers);
  });

  test('must be the one that it names', async () => {
    const refused = openImage(filesOf(embedded(Buffer.from('{}'))), choice);
    await expect(refused).rejects.toThrow(/index\.json: manifests\[0\]\.data is not sha256:/);
  });
});

test('layers and blobs may have sha512 digests', async () => {
  const sha512 = (bytes: Uint8Array): string => `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
  const map: FileMap = new Map();
  const put = (bytes: Uint8Array, mediaType: string): object => {
    map.set(`blobs/${sha512(bytes).replace(':', '/')}`, bytes);
    return { mediaType, digest: sha512(bytes), size: bytes.length };
  };
  const config = json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers.map(sha512) } });
  const stored = layers.map((layer) => put(layer, types.layer));
  const manifest = { schemaVersion: 2, config: put(config, types.config), layers: stored };
  map.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  map.set('index.json', json({ schemaVersion: 2, manifests: [put(json(manifest), types.manifest)] }));
  const image = await openImage(filesOf(map), choice);
  expect(await layersOf(image)).toEqual(layers);
  // The base layer's chainID is its diffID; of the others they are sha256, whatever they are made of.
  const [base = '', top = ''] = layers.map(sha512);
  expect(image.layers.map(({ chainId }) => chainId)).toEqual([base, sha256(`${base} ${top}`)]);
});

test("kaniko's archive calls the config by its whole digest and packs its layers", async () => {
  const config = json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers.map(sha256) } });
  const packed = layers.map((layer) => gzipSync(layer));
  const names = packed.map((bytes) => `${sha256(bytes).slice('sha256:'.length)}.tar.gz`);
  const map: FileMap = new Map(packed.map((bytes, i) => [names[i] ?? '', bytes]));
  map.set(sha256(config), config);
  map.set('manifest.json', json([{ Config: sha256(config), RepoTags: ['app:1'], Layers: names }]));
  expect(await layersOf(await openImage(filesOf(map), choice))).toEqual(layers);
});

describe('a layer that can be read in part', () => {
  // A gzip member without content that says in its header where the table of contents begins.
  const footer = Buffer.concat([
    Buffer.from('1f8b08040000000000ff1a00', 'hex'),
    Buffer.from('SG\x16\x00' + '0'.repeat(16) + 'STARGZ', 'latin1'),
    Buffer.from('010000ffff0000000000000000', 'hex'),
  ]);
  const pieces = (bytes: Buffer): readonly Buffer[] => [bytes.subarray(0, 2), bytes.subarray(2)];

  test.each([
    ['estargz', (bytes: Buffer) => Buffer.concat([gzipMembers(pieces(bytes)), footer])],
    [
      'zstd:chunked',
      (bytes: Buffer) =>
        Buffer.concat([...pieces(bytes).map((piece) => zstdFrame(piece)), skippableFrame(zstdFrame(bytes), 0)]),
    ],
  ])('%s is read as a whole', async (_name, packed) => {
    expect(await Promise.all(layers.map((layer) => collect(decompress(chunked(packed(layer), [7])))))).toEqual(layers);
  });
});
