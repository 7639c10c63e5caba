import fc from 'fast-check';
import { expect } from 'vitest';
import { IdMap, ownerInContainer, ownerOnHost, rootPair, type IdMaps, type IdRange } from '../../src/core/id-map.ts';
import { layerId } from '../../src/core/layer-id.ts';
import { isDirectory, join, type FileSystem, type Path } from '../../src/host/index.ts';
import { edits, performAll, type AimedEdit } from './edits.ts';
import { layers, meaningOf, withoutDevices, type Layer } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { bytesOf, stackUp, streamOf, viewOf } from './stack.ts';
import { readable, withoutDirectoryTimes, type Node, type View } from './view.ts';
import { homeOf, onMachine, openDriver, type World } from './world.ts';

/** What containers may own in these laws: all ids that the layers' files have. */
const containerIds = 200_000;
const firstHostId = 300_000;

/** All ids of containers, in up to four ranges that lie elsewhere on disk and in another order. */
const idMap: fc.Arbitrary<IdMap> = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 1, max: containerIds - 1 }), { maxLength: 3 }), fc.boolean())
  .map(([cuts, reversed]) => {
    const starts = [0, ...cuts.toSorted((a, b) => a - b)];
    const ranges = starts.map((containerId, n): IdRange => {
      const place = reversed ? starts.length - 1 - n : n;
      const size = (starts[n + 1] ?? containerIds) - containerId;
      return { containerId, hostId: firstHostId + place * containerIds, size };
    });
    return new IdMap(ranges);
  });

const idMaps: fc.Arbitrary<IdMaps> = fc.record({ uids: idMap, gids: idMap });

/**
 * Under any map of ids, what was applied is what is seen, shifted; and the diff of what a container made of it carries that over
 * to another layer, with the ids that the container saw.
 */
export function idsAreShifted(world: World): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[], IdMaps]> {
  return fc.asyncProperty(layers, edits, idMaps, (drawn, made, maps) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const stack = host.system.inUserNamespace() ? drawn.map(withoutDevices) : drawn;
      const driver = await openDriver(machine, { warn: ignore, idMaps: maps });
      const parent = (await stackUp(driver, stack)).at(-1) ?? '';
      const seen = asContainersSee(await viewOf(host, driver, layerId(parent)), maps);
      expect(readable(seen)).toEqual(readable(meaningOf(stack, rootOf(seen))));

      const original = layerId('original');
      await driver.createReadWrite(original, parent);
      const root = await driver.get(original);
      performAll(host.fs, root, made);
      shiftMade(host.fs, root, maps);
      await driver.put(original);

      const diff = await bytesOf(await driver.diff(original, parent));
      const copy = layerId('copy');
      await driver.create(copy, parent);
      await driver.applyDiff(copy, parent, streamOf(diff));
      const carried = machine.driver.diffs === 'native' ? readable : withoutDirectoryTimes;
      const wanted = asContainersSee(await viewOf(host, driver, original), maps);
      expect(carried(asContainersSee(await viewOf(host, driver, copy), maps))).toEqual(carried(wanted));
      expect(await driver.changes(copy, parent)).toEqual(await driver.changes(original, parent));
    }),
  );
}

/** The owners as containers see them; fails on any that is not theirs. */
function asContainersSee(view: View, maps: IdMaps): View {
  const shifted = ({ owner, ...node }: Node): Node => {
    const [uid = -1, gid = -1] = owner.split(':').map(Number);
    const seen = ownerInContainer(maps, { uid, gid });
    return { ...node, owner: `${seen.uid}:${seen.gid}` };
  };
  return new Map([...view].map(([path, node]) => [path, shifted(node)]));
}

/** What this process made belongs to root and to other small ids, which are no container's. */
function shiftMade(fs: FileSystem, path: Path, maps: IdMaps): void {
  const { uid, gid, mode, mtime, atime } = fs.lstat(path);
  if (uid < firstHostId || gid < firstHostId) {
    const owner = ownerOnHost(maps, {
      uid: uid < firstHostId ? uid : maps.uids.toContainer(uid),
      gid: gid < firstHostId ? gid : maps.gids.toContainer(gid),
    });
    fs.lchown(path, owner.uid, owner.gid);
    fs.lutimens(path, atime, mtime);
  }
  if (!isDirectory(mode)) return;
  for (const { name } of fs.readdir(path)) if (exists(fs, join(path, name))) shiftMade(fs, join(path, name), maps);
}

/** Overlayfs lists whiteouts that hide nothing, which are not there (R79). */
function exists(fs: FileSystem, path: Path): boolean {
  return fs.lstatIfExists(path) !== undefined;
}

function rootOf(view: View): Node {
  const root = view.get('/');
  if (root === undefined) throw new Error('a view without a root');
  return root;
}

const remapped: IdMaps = {
  uids: new IdMap([{ containerId: 0, hostId: 231_072, size: 65_536 }]),
  gids: new IdMap([{ containerId: 0, hostId: 165_536, size: 65_536 }]),
};

function fileOf(owner: string): Layer {
  const node: Node = {
    type: 'file',
    mode: 0o644,
    owner,
    mtime: 0,
    content: 'here',
    xattrs: {},
    names: undefined,
  };
  return new Map([['/dir/file', { kind: 'node', node, opaque: false }]]);
}

/** What no member of an archive describes is the containers' root's: roots of layers and directories that are implied. */
export async function rootsAreThePairs(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine, { idMaps: remapped });
    const pair = rootPair(remapped);
    await driver.create(layerId('empty'), '');
    await driver.createFromDiff(layerId('base'), layerId('empty'), archiveOf(fileOf('7:8')));
    await driver.createReadWrite(layerId('container'), layerId('base'));
    for (const id of ['empty', 'base', 'container'].map(layerId)) {
      const view = await viewOf(host, driver, id);
      expect(view.get('/')?.owner).toBe(`${pair.uid}:${pair.gid}`);
      if (id === 'empty') continue;
      expect(view.get('/dir')?.owner).toBe(`${pair.uid}:${pair.gid}`);
      expect(view.get('/dir/file')?.owner).toBe('231079:165544');
    }
    expect(host.fs.lstat(homeOf(machine))).toMatchObject({ uid: 0, gid: pair.gid });
  });
}

/** An id without another side is an error that names it and the file, in both directions, and no layer is left. */
export async function unmappedIdsAreRefused(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine, { idMaps: remapped });
    await expect(driver.createFromDiff(layerId('base'), '', archiveOf(fileOf('0:65536')))).rejects.toThrow(
      'refused: Container ID 65536 cannot be mapped to a host ID ("dir/file", byte 0 of the archive)',
    );
    expect(await driver.exists(layerId('base'))).toBe(false);
    await driver.createFromDiff(layerId('base'), '', archiveOf(fileOf('0:65535')));
    await driver.createReadWrite(layerId('container'), layerId('base'));
    const root = await driver.get(layerId('container'));
    host.fs.mkdir(join(root, "daemon's"), 0o755);
    await driver.put(layerId('container'));
    const diff = (async (): Promise<Uint8Array> => bytesOf(await driver.diff(layerId('container'), layerId('base'))))();
    await expect(diff).rejects.toThrow(`cannot write "daemon's/": Host ID 0 cannot be mapped to a container ID`);
  });
}

function ignore(): void {
  // There is nobody to tell.
}
