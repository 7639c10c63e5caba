import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { isSystemError, join, O_CREAT, O_WRONLY, type Host, type Path } from '../../src/host/index.ts';
import { archiveOf } from './layer-archive.ts';
import { bytesOf, streamOf } from './stack.ts';
import type { Node } from './view.ts';
import { homeOf, onMachine, openDriver, type World } from './world.ts';

const base = layerId('base');
const file: Node = {
  type: 'file',
  mode: 0o644,
  owner: '0:0',
  mtime: 0,
  content: 'at the bottom',
  xattrs: {},
  names: undefined,
};
const bottom = new Map([['/bottom', { kind: 'node', node: file, opaque: false } as const]]);
const kibibyte = 1024;

/** A layer holds as much as it was made for and no more, whoever made it; others have limits of their own, or none. */
export async function layersAreLimited(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine, { options: ['overlay2.size=256k'] });
    await driver.createFromDiff(base, '', archiveOf(bottom));
    await driver.createReadWrite(layerId('default'), base);
    const other = await openDriver(machine);
    await other.createReadWrite(layerId('own'), base, { storageOptions: { size: '512k' } });
    await other.createReadWrite(layerId('none'), base, { storageOptions: { size: '0' } });
    // ext4 and xfs count directories and the driver's own small files in the layer as well.
    const own = 64 * kibibyte;
    expectNear(await roomIn(host, driver, layerId('default')), 256 * kibibyte, own);
    expectNear(await roomIn(host, other, layerId('own')), 512 * kibibyte, own);
    expect(await roomIn(host, other, layerId('none'))).toBe(mostWritten);
    for (const id of ['default', 'own', 'none', 'base'].map(layerId)) await driver.remove(id);
    expect(
      host.fs
        .readdir(homeOf(machine))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['backingFsBlockDev', 'l']);
  });
}

/** Archives are applied to a layer with a limit, up to it. */
export async function diffsAreLimited(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.createFromDiff(base, '', archiveOf(bottom));
    const big = { ...file, content: 'x'.repeat(300 * kibibyte) };
    const diff = archiveOf(new Map([['/big', { kind: 'node', node: big, opaque: false } as const]]));
    const archive = await bytesOf(diff);
    const [small, large] = [layerId('small'), layerId('large')];
    await driver.createReadWrite(small, base, { storageOptions: { size: '128KB' } });
    await driver.createReadWrite(large, base, { storageOptions: { size: '1m' } });
    await expect(driver.applyDiff(small, base, streamOf(archive))).rejects.toThrow('EDQUOT: disk quota exceeded');
    expect(await driver.applyDiff(large, base, streamOf(archive))).toBe(300 * kibibyte);
    for (const id of [large, small, base]) await driver.remove(id);
  });
}

/** More than any limit here. */
const mostWritten = 1024 * kibibyte;
const piece = Buffer.alloc(4 * kibibyte, 1);

/** How many bytes can be written through a layer's mount, up to a mebibyte. */
async function roomIn(host: Host, driver: Driver, id: LayerId): Promise<number> {
  const root = await driver.get(id);
  try {
    return fill(host, join(root, 'file'));
  } finally {
    await driver.put(id);
  }
}

function fill({ fs }: Host, path: Path): number {
  const fd = fs.open(path, O_WRONLY | O_CREAT, 0o644);
  let written = 0;
  try {
    for (; written < mostWritten; written += piece.length) fs.writeAll(fd, piece);
    return written;
  } catch (error) {
    if (!isSystemError(error, 'EDQUOT')) throw error;
    return written;
  } finally {
    fs.close(fd);
  }
}

function expectNear(room: number, limit: number, own: number): void {
  expect(room).toBeLessThanOrEqual(limit);
  expect(room).toBeGreaterThanOrEqual(limit - own);
}
