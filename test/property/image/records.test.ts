import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initAufs } from '../../../src/core/aufs/init.ts';
import { initOverlay } from '../../../src/core/overlay/init.ts';
import { initOverlay2 } from '../../../src/core/overlay2/init.ts';
import type { Driver } from '../../../src/core/driver.ts';
import type { Digest } from '../../../src/core/image/digest.ts';
import { LayerRecords, originalArchive, verifyLayer, type Store } from '../../../src/core/image/index.ts';
import { formatSplitRecord } from '../../../src/core/image/tar-split/record.ts';
import { recorded, SplitRecorder } from '../../../src/core/image/tar-split/recorder.ts';
import { initVfs } from '../../../src/core/vfs/init.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { join, O_CREAT, O_WRONLY, type Host, type Path } from '../../../src/host/index.ts';
import { linux419Aufs, simHost } from '../../../src/sim/index.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { layers as stacks } from '../../laws/layer.ts';
import { bytesOf, streamOf } from '../../laws/stack.ts';
import { readView } from '../../laws/view.ts';
import { layerBytes } from '../archive/layer-cases.ts';

// dockerd keeps what it knows of its layers in `image/overlay2/layerdb`. It is read where this project has nothing of its own, and
// never written to.

const root = '/graph' as Path;
const layerdb = ['image', 'overlay2', 'layerdb', 'sha256'];
/** As dockerd names its layers: not by their chainIDs. */
const id = layerId('5'.repeat(64));

interface Planted extends Store {
  readonly host: Host;
  readonly driver: Driver;
  readonly archive: Uint8Array;
  readonly diffId: Digest;
}

/** A layer of dockerd's with its record, as dockerd writes it. */
async function plant(archive: Uint8Array): Promise<Planted> {
  const host = simHost();
  host.fs.mkdir(root, 0o711);
  const init = { host, home: join(root, 'overlay2'), options: [], durability: 'none', warn: () => undefined } as const;
  const driver = await initOverlay2(init);
  const pieces: Uint8Array[] = [];
  const recorder = new SplitRecorder({ append: (packed) => pieces.push(packed) });
  await driver.createFromDiff(id, '', recorded(streamOf(archive), recorder));
  recorder.finish();
  const diffId = `sha256:${createHash('sha256').update(archive).digest('hex')}` as Digest;
  let directory = root;
  for (const name of [...layerdb, diffId.slice(7)]) {
    directory = join(directory, name);
    host.fs.mkdir(directory, 0o700);
  }
  const files: Readonly<Record<string, string>> = {
    'cache-id': id,
    diff: diffId,
    size: '1',
    'tar-split.json.gz': Buffer.concat(pieces).toString('latin1'),
  };
  for (const [name, content] of Object.entries(files)) {
    const fd = host.fs.open(join(directory, name), O_WRONLY | O_CREAT, 0o600);
    host.fs.writeAll(fd, Buffer.from(content, 'latin1'));
    host.fs.close(fd);
  }
  const records = new LayerRecords(host, root, 'overlay2', 'none', () => undefined);
  return { host, driver, records, archive, diffId };
}

async function archiveOfFirst(stack: Parameters<typeof archiveOf>[0] | undefined): Promise<Uint8Array> {
  return bytesOf(archiveOf(stack ?? new Map()));
}

describe("dockerd's records", () => {
  it('tell of a file that the archive itself has put in the place of another, through a symlink', async () => {
    const archive = layerBytes([
      { type: 'dir', name: 'real/' },
      { type: 'file', name: 'real/a', data: 'first' },
      { type: 'symlink', name: 'link', linkname: 'real' },
      { type: 'file', name: 'link/a', data: 'second' },
    ]);
    const store = await plant(archive);
    const why = '"real/a" and "link/a" are one file';
    expect(await verifyLayer(store, id)).toEqual({ kind: 'overwritten', diffId: store.diffId, why });
    expect(await originalArchive(store, id)).toBeUndefined();
  });

  it('tell what a layer was made of, and are left alone whatever becomes of it', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async ([first]) => {
        const store = await plant(await archiveOfFirst(first));
        const before = readView(store.host, join(root, 'image'));
        expect(await verifyLayer(store, id)).toEqual({ kind: 'intact', diffId: store.diffId });
        const original = await originalArchive(store, id);
        expect(original === undefined ? undefined : await bytesOf(original)).toEqual(Buffer.from(store.archive));
        expect(store.records.parentOf(id)).toBe('');
        // What `apply` and `remove` do besides.
        await store.records.remove(id);
        await store.driver.remove(id);
        expect(readView(store.host, join(root, 'image'))).toEqual(before);
        expect(
          store.host.fs
            .readdir(root)
            .map(({ name }) => name)
            .sort(),
        ).toEqual(['image', 'overlay2']);
      }),
      { numRuns: 10 },
    );
  });

  it('count only where there is none of our own', async () => {
    const store = await plant(await archiveOfFirst(undefined));
    const other = `sha256:${'e'.repeat(64)}` as Digest;
    const split = gzipSync(formatSplitRecord({ kind: 'bytes', bytes: Buffer.from('own') }, 0));
    const before = readView(store.host, join(root, 'image'));
    await store.records.recording(async (record) => {
      record.append(split);
      await record.put({ id, chainId: other, diffId: other, parent: undefined, size: 0, split: 'whole' });
    });
    expect(await verifyLayer(store, id)).toMatchObject({ kind: 'changed', diffId: other });
    await store.records.remove(id);
    expect(await verifyLayer(store, id)).toMatchObject({ kind: 'intact', diffId: store.diffId });
    expect(readView(store.host, join(root, 'image'))).toEqual(before);
    expect(store.host.fs.lstatIfExists(join(root, 'graphdriver'))).toBeUndefined();
  });

  it('that are not whole tell nothing', async () => {
    const store = await plant(await archiveOfFirst(undefined));
    store.host.fs.unlink(join(root, ...layerdb, store.diffId.slice(7), 'tar-split.json.gz'));
    expect(await verifyLayer(store, id)).toEqual({ kind: 'unrecorded' });
  });
});

// What the layer below is of, and what a layer puts through its symlink before it puts a directory there.
const below = layerBytes([
  { type: 'dir', name: 'real/' },
  { type: 'symlink', name: 'link', linkname: 'real' },
]);
const replacing = [
  { type: 'file', name: 'link/sub/a', data: 'first' },
  { type: 'dir', name: 'link/' },
  { type: 'dir', name: 'link/sub/' },
] as const;

describe.each([
  ['aufs', initAufs, ['diff', id]],
  ['overlay', initOverlay, [id, 'root']],
  ['overlay2', initOverlay2, [id, 'diff']],
  ['vfs', initVfs, ['dir', id]],
] as const)('a file put through a symlink that a directory then replaces, of %s', (name, init, directories) => {
  /** The layer, loaded as an image is. */
  async function load(archive: Uint8Array): Promise<Planted> {
    const host = simHost({ profile: linux419Aufs });
    for (const each of [root, '/dev', '/dev/shm']) host.fs.mkdir(each as Path, 0o755);
    const driver = await init({
      host,
      home: join(root, 'home'),
      options: [],
      durability: 'none',
      warn: () => undefined,
    });
    const parent = layerId('below');
    await driver.createFromDiff(parent, '', streamOf(below));
    const records = new LayerRecords(host, root, name, 'none', () => undefined);
    const diffId = `sha256:${createHash('sha256').update(archive).digest('hex')}` as Digest;
    await records.recording(async (record) => {
      const recorder = new SplitRecorder(record);
      const size = await driver.createFromDiff(id, parent, recorded(streamOf(archive), recorder));
      await record.put({ id, chainId: diffId, diffId, parent: undefined, size, split: recorder.finish() });
    });
    return { host, driver, records, archive, diffId };
  }

  it('is found where the symlink led', async () => {
    const store = await load(layerBytes(replacing));
    expect(await verifyLayer(store, id)).toEqual({ kind: 'intact', diffId: store.diffId });
    const original = await originalArchive(store, id);
    expect(original === undefined ? undefined : await bytesOf(original)).toEqual(Buffer.from(store.archive));
  });

  it('is one with what else the archive has put there', async () => {
    const store = await load(layerBytes([...replacing, { type: 'file', name: 'real/sub/a', data: 'second' }]));
    const why = '"link/sub/a" and "real/sub/a" are one file';
    expect(await verifyLayer(store, id)).toEqual({ kind: 'overwritten', diffId: store.diffId, why });
  });

  it('is missed where it is not there', async () => {
    const store = await load(layerBytes(replacing));
    const gone = join(root, 'home', ...directories, 'real/sub/a');
    store.host.fs.unlink(gone);
    const why = expect.stringContaining('"link/sub/a" cannot be read: ENOENT') as string;
    expect(await verifyLayer(store, id)).toEqual({ kind: 'changed', diffId: store.diffId, why });
  });
});

it('a record that cannot be written leaves no directory behind', async () => {
  const { host } = await plant(await archiveOfFirst(undefined));
  const full = { ...host, fs: new Proxy(host.fs, { get: refuseRename }) } as Host;
  const records = new LayerRecords(full, root, 'overlay2', 'none', () => undefined);
  const chainId = `sha256:${'a'.repeat(64)}` as Digest;
  const layer = { id: layerId('new'), chainId, diffId: chainId, parent: undefined, size: 0, split: 'whole' } as const;
  await expect(records.recording((record) => record.put(layer))).rejects.toThrow('no space');
  expect(host.fs.lstatIfExists(join(root, 'graphdriver'))).toBeUndefined();
});

/** A full disk, noticed at the last step. */
function refuseRename(fs: Host['fs'], name: string): unknown {
  if (name === 'rename') {
    return () => {
      throw new Error('no space left');
    };
  }
  const value = Reflect.get(fs, name) as unknown;
  return typeof value === 'function' ? (value as () => unknown).bind(fs) : value;
}
