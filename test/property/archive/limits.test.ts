import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArchiveError, ArchiveFormatError, type ArchiveLimits } from '../../../src/core/archive/index.ts';
import { decompress } from '../../../src/core/image/index.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { onMachine, openDriver, overlay2 } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';
import { layerBytes, type CraftedEntry } from './layer-cases.ts';
import { readArchive } from './reading.ts';
import { streamOf } from './unpack-case.ts';
import { collect } from './write-laws.ts';

const file = (more: Partial<CraftedEntry>): CraftedEntry => ({ type: 'file', name: 'f', data: 'data', ...more });
const sparse = { 'GNU.sparse.size': '9', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': '0,1,8,3' };

/** For each limit an archive that asks for exactly so much. */
const cases: readonly (readonly [name: keyof ArchiveLimits, most: number, entries: readonly CraftedEntry[]])[] = [
  ['entries', 3, [file({}), file({}), file({})]],
  ['nameBytes', 200, [file({ name: 'n'.repeat(200) })]],
  ['nameBytes', 150, [{ type: 'symlink', name: 'l', linkname: 'n'.repeat(150), format: 'gnu' }]],
  ['nameBytes', 30, [file({ pax: { ...sparse, 'GNU.sparse.size': '11', 'GNU.sparse.name': 'n'.repeat(30) } })]],
  ['extensionBytes', 300, [file({ pax: { comment: 'c'.repeat(300 - '300 comment=\n'.length) } })]],
  ['paxRecords', 2, [file({ pax: { comment: 'c', mtime: '5' } })]],
  ['xattrs', 2, [file({ xattrs: { 'user.a': '31', 'user.b': '32' } })]],
  ['xattrBytes', 3, [file({ xattrs: { 'user.a': '313233' } })]],
  ['sparsePieces', 2, [file({ pax: { ...sparse, 'GNU.sparse.size': '11' } })]],
  ['unpackedBytes', 8, [file({}), file({})]],
];

test.each(cases)('%s: %i are read, with one less they are refused', (name, most, entries) => {
  const archive = layerBytes(entries);
  expect(readArchive(archive, { [name]: most })).toHaveLength(entries.length);
  const read = (): unknown => readArchive(archive, { [name]: most - 1 });
  expect(read).toThrow(ArchiveFormatError);
  expect(read).toThrow(new RegExp(`\\(${most}\\); the limit ${name} is ${most - 1} \\("[^"]+", byte [0-9]+ of`));
});

test('a packed stream may expand so many times, its first MiB aside', async () => {
  const small = gzipSync(Buffer.alloc(1 << 20));
  expect(await collect(decompress(streamOf(small, 100), { expansion: 2 }))).toHaveLength(1 << 20);
  const large = gzipSync(Buffer.alloc(4 << 20));
  expect(await collect(decompress(streamOf(large, 1 << 16)))).toHaveLength(4 << 20);
  await expect(collect(decompress(streamOf(large, 1 << 16), { expansion: 100 }))).rejects.toThrow(
    'it unpacks to more than 100 times its size, which is the limit expansion',
  );
});

describe.each([
  ['overlay2', new SimWorld(overlay2())],
  ['overlay', new SimWorld(overlay)],
  ['vfs', new SimWorld(vfs)],
  ['aufs', new AufsWorld()],
] as const)('%s', (_, world) => {
  test('is opened with limits', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine, { limits: { entries: 1 }, warn: () => undefined });
      const [one, two] = [layerBytes([file({})]), layerBytes([file({}), file({ name: 'g' })])];
      const [base, upper, other] = [layerId('base'), layerId('upper'), layerId('other')];
      await driver.createFromDiff(base, '', streamOf(one));
      await expect(driver.createFromDiff(upper, base, streamOf(two))).rejects.toThrow(ArchiveError);
      expect(await driver.exists(upper)).toBe(false);
      await driver.create(other, base);
      await expect(driver.applyDiff(other, base, streamOf(two))).rejects.toThrow('the limit entries is 1');
      await driver.get(other);
      await expect(driver.applyDiff(other, base, streamOf(two))).rejects.toThrow('the limit entries is 1');
      await driver.put(other);
    }));
});

test('a stream that expands too much, or is damaged, is refused with the place up to which it came', () =>
  onMachine(new SimWorld(vfs), async (machine) => {
    const driver = await openDriver(machine);
    const packed = gzipSync(
      layerBytes([file({ name: 'first' }), file({ name: 'large', data: { repeat: '0', count: 4 << 20 } })]),
    );
    const unpacked = decompress(streamOf(packed), { expansion: 2 });
    const layer = driver.createFromDiff(layerId('base'), '', unpacked);
    await expect(layer).rejects.toThrow(ArchiveFormatError);
    await expect(layer).rejects.toThrow('which is the limit expansion ("large", byte 1024 of the archive)');
    const followed = decompress(streamOf(Buffer.concat([packed, Buffer.alloc(9)])));
    await expect(driver.createFromDiff(layerId('base'), '', followed)).rejects.toThrow(
      'the gzip stream is followed by other bytes, after "large" (byte 4195840 of the archive)',
    );
    expect(await driver.list()).toEqual([]);
  }));
