import { isDirectory, join, type Path } from '../../host/index.ts';
import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckedHome, CheckInit } from '../check/home.ts';
import { abandoned, leftover } from '../check/leftovers.ts';
import { strayMounts, voidCount } from '../check/mounts.ts';
import { entriesOf, isDirectoryAt, missingParts, type Part } from '../check/parts.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { rootPair } from '../id-map.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { isMountPoint } from '../mounts/mount-points.ts';
import { Holders } from '../mounts/holders.ts';
import { homeMode, layerMode, Layout, privateMode, removingSuffix } from './layout.ts';
import { Layers } from './layers.ts';
import { recover, type Home } from './recover.ts';

/** A home of aufs, this driver's or dockerd's, also where the kernel has no aufs. */
export function checkedAufs(init: CheckInit): CheckedHome {
  const { host, home: directory, warn } = init;
  const layers = new Layers(host, new Layout(directory));
  const home: Home = { host, layers, lock: new DirectoryLock(host, directory), warn };
  return {
    lock: home.lock,
    list: () => idsIn(home, layers.layout.records).filter((id) => layers.exists(id)),
    pathOf: (id) => layers.layout.diff(id),
    find: () => findAll(init, home),
    clear: () => recover(home),
  };
}

function idsIn({ host }: Home, directory: Path): readonly LayerId[] {
  return entriesOf(host, directory)
    .map(({ name }) => name)
    .filter(isLayerId)
    .sort();
}

function findAll(init: CheckInit, home: Home): readonly Finding[] {
  const { host, layers } = home;
  const { layout } = layers;
  const missing = missingParts(host, partsOf(init, layout));
  if (missing.length > 0) return missing;
  const ids = layers.list();
  const targets = new Map(ids.map((id) => [layout.mount(id), id] as const));
  return [
    ...abandoned(host, layout.home, 'a creation or a trial was cut short'),
    ...idsIn(home, layout.unfinished).map((id) =>
      leftover(layout.note(id), 'a creation or a removal was cut short', id),
    ),
    ...[layout.mounts, layout.diffs].flatMap((directory) => halfRemoved(home, directory)),
    ...ids.flatMap((id) => layerFindings(init, home, id)),
    ...nobodysDirectories(home),
    ...nobodysCounts(home),
    ...strayMounts(host, layout.home, targets),
  ];
}

function partsOf({ host, idMaps }: CheckInit, layout: Layout): readonly Part[] {
  const own = host.system.credentials();
  const owner = { uid: own.uid, gid: rootPair(idMaps).gid };
  const part = (path: Path, mode: number, whose: Part['owner']): Part => ({ layer: '', path, mode, owner: whose });
  return [
    ...[layout.mounts, layout.diffs, layout.records].map((path) => part(path, homeMode, owner)),
    ...[layout.holders, layout.unfinished].map((path) => part(path, privateMode, own)),
  ];
}

/** Docker's way to name what is being deleted. */
function halfRemoved({ host }: Home, directory: Path): readonly Finding[] {
  return entriesOf(host, directory)
    .filter(({ name }) => name.endsWith(removingSuffix))
    .map(({ name }) => leftover(join(directory, name), 'a removal was cut short, or is under way'));
}

function layerFindings(init: CheckInit, home: Home, id: LayerId): readonly Finding[] {
  const { host, layers, warn } = home;
  const { layout } = layers;
  const isBase = (readFileIfExists(host.fs, layout.record(id)) ?? '').trim() === '';
  const mount = { layer: id, path: layout.mount(id), mode: layerMode, owner: rootPair(init.idMaps) };
  const target = isBase ? undefined : layout.mount(id);
  return [
    ...(isDirectoryAt(host, layout.diff(id))
      ? []
      : [unmendable('part', id, layout.diff(id), 'the layer’s files are gone; remove the layer')]),
    ...missingParts(host, [mount]),
    ...recordFindings(home, id),
    ...voidCount(host, { layer: id, holders: layout.holdersOf(id), target, unheld: 'kept' }, warn),
  ];
}

/** The file of a layer names those below it: its parent, and then what the parent's own file names. */
function recordFindings({ host, layers }: Home, id: LayerId): readonly Finding[] {
  const path = layers.layout.record(id);
  const wrong = (what: string): readonly Finding[] => [unmendable('lower', id, path, what)];
  const lines = linesOf(readFileIfExists(host.fs, path));
  const unfit = lines.find((line) => !isLayerId(line) || !layers.exists(line));
  if (unfit !== undefined) return wrong(`it names ${JSON.stringify(unfit)} below it, which is no layer`);
  const [parent, ...rest] = lines.filter(isLayerId);
  if (parent === undefined) return [];
  const below = linesOf(readFileIfExists(host.fs, layers.layout.record(parent)));
  return below.join('\n') === rest.join('\n')
    ? []
    : wrong(`it lists other layers below its parent ${parent} than the parent does`);
}

function linesOf(text = ''): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Directories that belong to no layer. Empty ones are removed; what somebody has filled is theirs to look at. */
function nobodysDirectories({ host, layers }: Home): readonly Finding[] {
  const { layout } = layers;
  const unfinished = new Set(entriesOf(host, layout.unfinished).map(({ name }) => name));
  return [layout.diffs, layout.mounts].flatMap((directory) =>
    entriesOf(host, directory)
      .filter(({ name }) => !name.endsWith(removingSuffix) && !unfinished.has(name))
      .filter(({ name }) => !isLayerId(name) || !layers.exists(name))
      .map(({ name }) => nobodys({ host }, join(directory, name))),
  );
}

function nobodys({ host }: Pick<Home, 'host'>, path: Path): Finding {
  const what = 'it belongs to no layer';
  const isEmpty = isDirectory(host.fs.lstat(path).mode) && host.fs.readdir(path).length === 0;
  if (!isEmpty || isMountPoint(host, path))
    return unmendable('stray', '', path, `${what}; look into it, and remove it`);
  const by = (): void => {
    host.fs.rmdir(path);
  };
  return { kind: 'stray', layer: '', path, what, remedy: { words: 'remove it: it is empty', by } };
}

function nobodysCounts({ host, layers }: Home): readonly Finding[] {
  const { layout } = layers;
  return entriesOf(host, layout.holders)
    .filter(({ name }) => !isLayerId(name) || !layers.exists(name))
    .map(({ name }) => {
      const path = join(layout.holders, name);
      const by = (): void => {
        new Holders(host, path).write(0);
      };
      return {
        kind: 'void-count',
        layer: '',
        path,
        what: 'it counts holders of no layer',
        remedy: { words: 'remove it', by },
      };
    });
}
