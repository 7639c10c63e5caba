import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errno, SystemError } from '../../../src/host/index.ts';
import { ArchiveError } from '../../../src/core/archive/index.ts';
import { layerId, type LayerId } from '../../../src/core/index.ts';
import { loadImage, openImage, parsePlatform, type Image, type LoadProgress } from '../../../src/core/image/index.ts';
import { decompress } from '../../../src/core/image/compression.ts';
import { addDockerImage, addOciImage, filesOf, sha256, type FileMap } from './images.ts';
import { MemoryDriver } from './memory-driver.ts';
import { chunked, chunkings, collect, contents } from './streams.ts';

// A load puts all layers of an image into a store, or changes nothing.

const choice = { platform: parsePlatform('linux/amd64') };
const forms = fc.constantFrom(addDockerImage, addOciImage);
const packings = fc.constantFrom('plain' as const, 'gzip' as const, 'zstd' as const);
const layerLists = fc.array(contents, { minLength: 1, maxLength: 5 });

function imageFiles(layers: readonly Uint8Array[], form = addOciImage): FileMap {
  const map: FileMap = new Map();
  form(map, { layers, names: ['app:1'] });
  return map;
}

async function open(map: FileMap, lengths?: readonly number[]): Promise<Image> {
  return openImage(filesOf(map, lengths), choice);
}

/** Whether a file, packed or not, can be read and is `content`. */
async function holds(file: Uint8Array, content: Uint8Array | undefined): Promise<boolean> {
  try {
    return content !== undefined && (await collect(decompress(chunked(file)))).equals(content);
  } catch {
    return false;
  }
}

function snapshot(driver: MemoryDriver): unknown {
  return [...driver.layers].map(([id, { parent, archive }]) => [id, parent, sha256(archive)]);
}

describe('a load', () => {
  test('makes one layer each, with the id of its chain, and the second time nothing', async () => {
    await fc.assert(
      fc.asyncProperty(layerLists, forms, packings, chunkings, async (layers, form, packing, lengths) => {
        const map: FileMap = new Map();
        form(map, { layers, packing, names: ['app:1'] });
        const driver = new MemoryDriver();
        const loaded = await loadImage(driver, await open(map, lengths));
        expect(loaded.image).toBe('app:1');
        expect(loaded.layers.map(({ diffId }) => diffId)).toEqual(layers.map(sha256));
        expect(loaded.layers.map(({ id }) => `sha256:${id}`)).toEqual(loaded.layers.map(({ chainId }) => chainId));
        expect(loaded.layers.map(({ parent }) => parent)).toEqual([
          '',
          ...loaded.layers.slice(0, -1).map(({ id }) => id),
        ]);
        expect(loaded.layers.map(({ id }) => driver.layers.get(id)?.archive)).toEqual(layers);
        expect(loaded.top).toBe(loaded.layers.at(-1)?.id);
        const before = snapshot(driver);
        expect(await loadImage(driver, await open(map, lengths))).toEqual(loaded);
        expect(snapshot(driver)).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  test('reads no layer that is there already', async () => {
    const base = Buffer.from('base');
    const driver = new MemoryDriver();
    await loadImage(driver, await open(imageFiles([base])));
    const map = imageFiles([base, Buffer.from('top')]);
    const baseBlob = [...map].find(([, bytes]) => Buffer.from(bytes).equals(base))?.[0] ?? '';
    map.set(baseBlob, Buffer.from('BASE'));
    await loadImage(driver, await open(map));
    expect(driver.layers.size).toBe(2);
  });

  test('of an image without layers makes none', async () => {
    const driver = new MemoryDriver();
    expect(await loadImage(driver, await open(imageFiles([])))).toEqual({ image: 'app:1', top: '', layers: [] });
  });
});

describe('a load that fails', () => {
  const stacks = fc.tuple(layerLists, fc.nat(), fc.nat()).map(([layers, there, bad]) => {
    const distinct = layers.map((layer, i) => Buffer.concat([Buffer.from(`layer ${i}`), layer]));
    const badAt = bad % distinct.length;
    return { layers: distinct, there: there % (badAt + 1), bad: badAt };
  });

  /** A store with the first layers, and what it looks like. */
  async function storeWith(layers: readonly Uint8Array[]): Promise<{ driver: MemoryDriver; before: unknown }> {
    const driver = new MemoryDriver();
    await driver.create(layerId('somebody-elses'), '');
    if (layers.length > 0) await loadImage(driver, await open(imageFiles(layers)));
    return { driver, before: snapshot(driver) };
  }

  test('by damage to any byte of a layer leaves the store as before', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, forms, packings, fc.nat(), async ({ layers, there, bad }, form, packing, at) => {
        const { driver, before } = await storeWith(layers.slice(0, there));
        const map: FileMap = new Map();
        form(map, { layers, packing });
        const image = await open(map);
        const file = image.layers[bad]?.stored.file ?? '';
        const damaged = Buffer.from(map.get(file) ?? '');
        // Bytes 4 to 9 of a gzip header say when and where it was packed.
        const place =
          packing === 'gzip' && form === addDockerImage ? 10 + (at % (damaged.length - 10)) : at % damaged.length;
        damaged[place] = (damaged[place] ?? 0) ^ 0xff;
        // A Docker archive has no digest of the packed bytes, and other packed bytes may hold the same layer: a match in a run
        // of zeros may begin anywhere in it.
        fc.pre(form === addOciImage || !(await holds(damaged, layers[bad])));
        map.set(file, damaged);
        await expect(loadImage(driver, image)).rejects.toThrow(file);
        expect(snapshot(driver)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  test('by what a layer holds names the layer', async () => {
    const { driver, before } = await storeWith([]);
    driver.failures = [new ArchiveError('refused: nothing', 'name', 512)];
    const image = await open(imageFiles([Buffer.from('layer')]));
    const text = `${image.layers[0]?.stored.file}: refused: nothing ("name", byte 512 of the archive)`;
    await expect(loadImage(driver, image)).rejects.toThrow(text);
    expect(snapshot(driver)).toEqual(before);
  });

  test('in the driver leaves the store as before, and works afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async ({ layers, there, bad }) => {
        const { driver, before } = await storeWith(layers.slice(0, there));
        const full = new SystemError(errno.ENOSPC, 'write', '/x');
        const nothing = new Array<undefined>(bad - there).fill(undefined);
        driver.failures = [...nothing, full] as Error[];
        await expect(loadImage(driver, await open(imageFiles(layers)))).rejects.toBe(full);
        expect(snapshot(driver)).toEqual(before);
        driver.failures = [];
        expect((await loadImage(driver, await open(imageFiles(layers)))).layers).toHaveLength(layers.length);
      }),
      { numRuns: 40 },
    );
  });

  test('because it is stopped leaves the store as before', async () => {
    const layers = [Buffer.alloc(5000, 1), Buffer.alloc(5000, 2)];
    for (let stopAt = 0; stopAt < 12; stopAt += 1) {
      const driver = new MemoryDriver();
      const controller = new AbortController();
      let reports = 0;
      const progress = (): void => {
        if (reports === stopAt) controller.abort(new Error('stopped'));
        reports += 1;
      };
      const load = loadImage(driver, await open(imageFiles(layers), [1000]), { progress, signal: controller.signal });
      await expect(load).rejects.toThrow('stopped');
      expect(driver.layers.size).toBe(0);
    }
  });

  test('keeps a layer on which somebody else has built meanwhile', async () => {
    const driver = new MemoryDriver();
    const image = await open(imageFiles([Buffer.from('base'), Buffer.from('top')]));
    const base = image.layers[0]?.chainId.slice(7) as LayerId;
    const create = driver.createFromDiff.bind(driver);
    driver.createFromDiff = async (id, parent, diff) => {
      const size = await create(id, parent, diff);
      if (parent === '') return size;
      await driver.create(layerId('container'), base);
      throw new Error('the disk is full');
    };
    await expect(loadImage(driver, image)).rejects.toThrow('the disk is full');
    expect([...driver.layers.keys()]).toContain(base);
  });

  test('to remove what it made says both', async () => {
    const driver = new MemoryDriver();
    driver.failures = [undefined, new Error('the disk is full')] as Error[];
    driver.remove = () => Promise.reject(new SystemError(errno.EIO, 'rmdir', '/x'));
    const load = loadImage(driver, await open(imageFiles([Buffer.from('base'), Buffer.from('top')])));
    await expect(load).rejects.toThrow(/^the disk is full; and what was loaded could not be removed: EIO/);
  });
});

test('two loads of one image at once both succeed', async () => {
  const driver = new MemoryDriver();
  const layers = [Buffer.from('base'), Buffer.from('top')];
  const [one, other] = await Promise.all([
    loadImage(driver, await open(imageFiles(layers))),
    loadImage(driver, await open(imageFiles(layers), [1])),
  ]);
  expect(one).toEqual(other);
  expect(driver.layers.size).toBe(2);
});

test('a layer with the right id and another parent is not taken', async () => {
  const driver = new MemoryDriver();
  const image = await open(imageFiles([Buffer.from('base')]));
  await driver.create(layerId('other'), '');
  await driver.create(layerId(image.layers[0]?.chainId.slice(7) ?? ''), layerId('other'));
  await expect(loadImage(driver, image)).rejects.toThrow(/has a layer [0-9a-f]+ with the parent other instead of none/);
});

test('progress only grows, and ends at the whole', async () => {
  const news: LoadProgress[] = [];
  const image = await open(imageFiles([Buffer.alloc(3000, 1), Buffer.alloc(4000, 2)]), [512]);
  await loadImage(new MemoryDriver(), image, { progress: (progress) => news.push(progress) });
  const done = news.map((each) => each.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(news.at(-1)).toEqual({ layer: 2, layers: 2, done: 7000, total: 7000 });
});
