import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { IdMap, type IdMaps } from '../../../src/core/id-map.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { O_TRUNC, O_WRONLY, S_IFSOCK } from '../../../src/host/index.ts';
import { layerOf } from '../../laws/archive-meaning.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { bytesOf, streamOf, viewOf } from '../../laws/stack.ts';
import { vfs } from '../../laws/vfs.ts';
import { inTree } from '../../laws/view.ts';
import { onMachine, openDriver, overlay2, type DriverUnderTest, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

type Members = Parameters<typeof tarOf>[0];

const [base, child, copy] = [layerId('base'), layerId('child'), layerId('copy')];

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

describe('capabilities-alone', () => {
  const capability = Buffer.from('0000000200040000000000000000000000000000', 'hex');

  /** What archives, changes and copies tell of a container that has set two attributes on a file. */
  const told = (driver: DriverUnderTest, quirks: readonly Quirk[]): Promise<readonly unknown[]> =>
    run(driver, quirks, async (opened, { host: { fs } }) => {
      await opened.createFromDiff(base, '', streamOf(await tarOf([{ name: 'mine' }, { name: 'strong' }])));
      await opened.createReadWrite(child, base);
      const root = await opened.get(child);
      fs.lsetxattr(inTree(root, '/mine'), 'user.mine', Buffer.from('x'));
      fs.lsetxattr(inTree(root, '/strong'), 'security.capability', capability);
      await opened.put(child);
      const changes = (await opened.changes(child, base)).map(({ path }) => path);
      const member = layerOf(await bytesOf(await opened.diff(child, ''))).get('/mine');
      const archived = member?.kind === 'node' ? Object.keys(member.node.xattrs) : undefined;
      await opened.create(copy, child);
      const copied = inTree(await opened.get(copy), '/mine');
      return [changes, archived, fs.llistxattr(copied)];
    });

  it('loses all others where layers are copies', async () => {
    expect(await told(vfs, [])).toEqual([['/mine', '/strong'], ['user.mine'], ['user.mine']]);
    expect(await told(vfs, ['capabilities-alone'])).toEqual([['/strong'], [], []]);
  });

  it('tells nothing of others where layers are mounted', async () => {
    expect(await told(overlay2(), [])).toEqual([['/mine', '/strong'], ['user.mine'], ['user.mine']]);
    expect(await told(overlay2(), ['capabilities-alone'])).toEqual([['/strong'], [], ['user.mine']]);
  });
});

describe('keep-host-root', () => {
  it("takes the host's id of root in an archive for one that is mapped already", async () => {
    const map = new IdMap([{ containerId: 0, hostId: 100_000, size: 65_536 }]);
    const owner = (...quirks: readonly Quirk[]): Promise<readonly number[]> =>
      onMachine(new SimWorld(vfs), async (machine) => {
        const driver = await openDriver(machine, { quirks: new Set(quirks), idMaps: { uids: map, gids: map } });
        const archive = await tarOf([{ name: 'file', uid: 100_000, gid: 5 }]);
        await driver.createFromDiff(base, '', streamOf(archive));
        const { uid, gid } = machine.host.fs.lstat(inTree(await driver.get(base), '/file'));
        return [uid, gid];
      });
    await expect(owner()).rejects.toThrow('Container ID 100000 cannot be mapped to a host ID');
    expect(await owner('keep-host-root')).toEqual([100_000, 100_005]);
  });
});

describe('what vfs copies', () => {
  it('sockets-as-fifos makes fifos of sockets', async () => {
    const type = (...quirks: readonly Quirk[]): Promise<string> =>
      run(vfs, quirks, async (driver, { host: { fs } }) => {
        await driver.create(base, '');
        fs.mknod(inTree(await driver.get(base), '/socket'), S_IFSOCK | 0o640, 0);
        await driver.create(child, base);
        const { type: made, permissions } = fs.lstat(inTree(await driver.get(child), '/socket'));
        return `${made} ${permissions.toString(8)}`;
      });
    expect(await type()).toBe('socket 640');
    expect(await type('sockets-as-fifos')).toBe('fifo 640');
  });

  it('keep-failed-layers leaves a layer whose parent is unknown, or could be copied in part', async () => {
    const left = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      onMachine(new SimWorld(vfs), async (machine) => {
        const faulty = new FaultyHost(machine.host);
        const driver = await openDriver({ ...machine, host: faulty.host }, { quirks: new Set(quirks) });
        await expect(driver.create(child, base)).rejects.toThrow(/^ENOENT/);
        await driver.createFromDiff(base, '', streamOf(await tarOf([{ name: 'a' }])));
        faulty.armAt('fchmod', 'EIO');
        await expect(driver.create(copy, base)).rejects.toThrow(/^EIO/);
        const inCopy = (await driver.exists(copy)) ? [...(await viewOf(machine.host, driver, copy)).keys()] : [];
        return [...(await driver.list()), ...inCopy];
      });
    expect(await left()).toEqual(['base']);
    expect(await left('keep-failed-layers')).toEqual(['base', 'child', 'copy', '/', '/a']);
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
