import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { IdMap, type IdMaps } from '../../../src/core/id-map.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { O_TRUNC, O_WRONLY } from '../../../src/host/index.ts';
import { layerOf } from '../../laws/archive-meaning.ts';
import { bytesOf, streamOf, viewOf } from '../../laws/stack.ts';
import { vfs } from '../../laws/vfs.ts';
import { inTree } from '../../laws/view.ts';
import { onMachine, openDriver, overlay2, type DriverUnderTest, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

type Members = Parameters<typeof tarOf>[0];

const [base, child] = [layerId('base'), layerId('child')];

function run<T>(
  driver: DriverUnderTest,
  quirks: readonly Quirk[],
  action: (driver: Driver, machine: Machine) => Promise<T>,
): Promise<T> {
  return onMachine(new SimWorld(driver), async (machine) =>
    action(await openDriver(machine, { quirks: new Set(quirks), warn: () => undefined }), machine),
  );
}

/** The paths of a layer over a directory `d` with a file `old`. */
function pathsOf(driver: DriverUnderTest, quirks: readonly Quirk[], layer: Members): Promise<readonly string[]> {
  return run(driver, quirks, async (opened, { host }) => {
    await opened.createFromDiff(
      base,
      '',
      streamOf(await tarOf([{ name: 'd/', type: 'directory' }, { name: 'd/old' }])),
    );
    await opened.createFromDiff(child, base, streamOf(await tarOf(layer)));
    return [...(await viewOf(host, opened, child)).keys()].filter((path) => path !== '/').sort();
  });
}

describe('ordered-whiteouts', () => {
  const ordered = ['ordered-whiteouts'] as const;

  it('deletes the members of the same layer that come before, over a full tree', async () => {
    const layer: Members = [{ name: 'd/new' }, { name: 'd/.wh.new' }];
    expect(await pathsOf(vfs, [], layer)).toEqual(['/d', '/d/new', '/d/old']);
    expect(await pathsOf(vfs, ordered, layer)).toEqual(['/d', '/d/old']);
  });

  it('lets an opaque mark delete members in directories that the layer does not name, over a full tree', async () => {
    const layer: Members = [
      { name: 'd/', type: 'directory' },
      { name: 'd/a' },
      { name: 'd/sub/b' },
      { name: 'd/.wh..wh..opq' },
    ];
    expect(await pathsOf(vfs, [], layer)).toEqual(['/d', '/d/a', '/d/sub', '/d/sub/b']);
    expect(await pathsOf(vfs, ordered, layer)).toEqual(['/d', '/d/a']);
  });

  it('refuses a whiteout of what the layer has, in a layer of overlayfs', async () => {
    const layer: Members = [{ name: 'd/new' }, { name: 'd/.wh.new' }];
    expect(await pathsOf(overlay2(), [], layer)).toEqual(['/d', '/d/new', '/d/old']);
    await expect(pathsOf(overlay2(), ordered, layer)).rejects.toThrow(/EEXIST.*d\/\.wh\.new/);
  });

  it('shows again what a directory had that is deleted and made anew, in a layer of overlayfs', async () => {
    const layer: Members = [{ name: '.wh.d' }, { name: 'd/', type: 'directory' }];
    expect(await pathsOf(overlay2(), [], layer)).toEqual(['/d']);
    expect(await pathsOf(overlay2(), ordered, layer)).toEqual(['/d', '/d/old']);
  });

  it('hides nothing at the root, in a layer of overlayfs', async () => {
    expect(await pathsOf(overlay2(), [], [{ name: '.wh..wh..opq' }])).toEqual([]);
    expect(await pathsOf(overlay2(), ordered, [{ name: '.wh..wh..opq' }])).toEqual(['/d', '/d/old']);
  });
});

describe('private-implied-directories', () => {
  it('makes directories that no member describes 0600, over a full tree', async () => {
    const mode = (...quirks: readonly Quirk[]): Promise<number> =>
      run(vfs, quirks, async (driver, { host }) => {
        await driver.createFromDiff(base, '', streamOf(await tarOf([{ name: 'implied/file' }])));
        return host.fs.lstat(inTree(await driver.get(base), '/implied')).permissions;
      });
    expect(await mode()).toBe(0o755);
    expect(await mode('private-implied-directories')).toBe(0o600);
  });
});

describe('trust-times', () => {
  it('takes other content of the same size at the same time for no change', async () => {
    const changes = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      run(vfs, quirks, async (driver, { host: { fs } }) => {
        await driver.createFromDiff(base, '', streamOf(await tarOf([{ name: 'file', content: 'old' }])));
        await driver.createReadWrite(child, base);
        const file = inTree(await driver.get(child), '/file');
        const { atime, mtime } = fs.lstat(file);
        const fd = fs.open(file, O_WRONLY | O_TRUNC);
        fs.writeAll(fd, Buffer.from('new'));
        fs.close(fd);
        fs.lutimens(file, atime, mtime);
        return (await driver.changes(child, base)).map(({ kind, path }) => `${kind} ${path}`);
      });
    expect(await changes()).toEqual(['C /file']);
    expect(await changes('trust-times')).toEqual([]);
  });
});

describe('unmapped-whole-diff', () => {
  it('writes ids of the disk into the archive of a whole tree', async () => {
    const map = new IdMap([{ containerId: 0, hostId: 100_000, size: 65_536 }]);
    const idMaps: IdMaps = { uids: map, gids: map };
    const owner = (...quirks: readonly Quirk[]): Promise<unknown> =>
      onMachine(new SimWorld(vfs), async (machine) => {
        const driver = await openDriver(machine, { quirks: new Set(quirks), idMaps });
        await driver.createFromDiff(base, '', streamOf(await tarOf([{ name: 'file', uid: 5, gid: 6 }])));
        const file = layerOf(await bytesOf(await driver.diff(base, ''))).get('/file');
        return file?.kind === 'node' ? file.node.owner : undefined;
      });
    expect(await owner()).toBe('5:6');
    expect(await owner('unmapped-whole-diff')).toBe('100005:100006');
  });
});
