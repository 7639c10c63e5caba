import { join } from '../../host/index.ts';
import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckedHome, CheckInit } from '../check/home.ts';
import { abandoned, halfRemoved, leftover } from '../check/leftovers.ts';
import { strayMounts, voidCount } from '../check/mounts.ts';
import { entriesOf, isDirectoryAt, missingParts } from '../check/parts.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { rootPair } from '../id-map.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { clearTrials, trialPrefix } from '../overlay2/kernel-facts.ts';
import type { Home } from './context.ts';
import { Layers, newRootPrefix, workMode } from './layers.ts';
import { hasBothForms, recover } from './recover.ts';

/** A home of overlay, this driver's or dockerd's, without a kernel that could mount it. */
export function checkedOverlay(init: CheckInit): CheckedHome {
  const { host, home: directory, warn } = init;
  const layers = new Layers(host, directory);
  const home: Home = { host, layers, lock: new DirectoryLock(host, directory), warn };
  return {
    lock: home.lock,
    list: () => layers.list().filter((id) => hasForm(home, id)),
    pathOf: (id) => layers.path(id),
    find: () => findAll(init, home),
    clear: async () => {
      await clearTrials(host, directory);
      await recover(home);
    },
  };
}

/** Whether a directory in the home has anything of a layer. */
function hasForm({ host, layers }: Home, id: LayerId): boolean {
  const { root, upper, lowerId } = layers.paths(id);
  return [root, upper, lowerId].some((path) => host.fs.lstatIfExists(path) !== undefined);
}

function findAll(init: CheckInit, home: Home): readonly Finding[] {
  const { host, layers } = home;
  const ids = layers.list().filter((id) => hasForm(home, id));
  const overlaid = ids.filter((id) => !isDirectoryAt(host, layers.paths(id).root));
  const targets = new Map(overlaid.map((id) => [layers.paths(id).merged, id] as const));
  return [
    ...abandoned(host, layers.home, 'a creation was cut short'),
    ...abandoned(host, layers.home, 'a trial mount was cut short', trialPrefix),
    ...halfRemoved(host, layers.home),
    ...strays(home, ids),
    ...ids.flatMap((id) => layerFindings(init, home, id)),
    ...strayMounts(host, layers.home, targets),
  ];
}

function strays({ host, layers }: Home, ids: readonly string[]): readonly Finding[] {
  return entriesOf(host, layers.home)
    .filter(({ name }) => !/^\.(?:staging|removing|trial)-/.test(name) && name !== 'lost+found' && !ids.includes(name))
    .map(({ name }) =>
      unmendable('stray', '', join(layers.home, name), 'it is no layer, and nothing that the driver knows'),
    );
}

function layerFindings(init: CheckInit, home: Home, id: LayerId): readonly Finding[] {
  const { host, layers, warn } = home;
  const { directory, root, merged, holders } = layers.paths(id);
  const isTree = isDirectoryAt(host, root);
  return [
    ...abandoned(host, directory, 'the filling of a layer was cut short', newRootPrefix).map((each) => ({
      ...each,
      layer: id,
    })),
    ...badNote(home, id),
    ...(isTree ? secondForm(home, id) : overlaidFindings(init, home, id)),
    ...voidCount(host, { layer: id, holders, target: isTree ? undefined : merged, unheld: 'removed' }, warn),
  ];
}

/** Until a layer has its `root` it is changes over another one; what that took is needed no more. */
function secondForm(home: Home, id: LayerId): readonly Finding[] {
  const { upper } = home.layers.paths(id);
  return hasBothForms(home, id) ? [leftover(upper, 'the layer has a tree of its own, and needs this no more', id)] : [];
}

/** A note that names no layer; what `lower-id` tells of the parent is good enough. */
function badNote({ host, layers }: Home, id: LayerId): readonly Finding[] {
  const path = layers.paths(id).parent;
  const note = readFileIfExists(host.fs, path);
  if (note === undefined || isLayerId(note)) return [];
  const by = (): void => {
    host.fs.unlink(path);
  };
  return [{ kind: 'lower', layer: id, path, what: 'it does not name a parent', remedy: { words: 'remove it', by } }];
}

/** A layer of changes over the `root` of another. */
function overlaidFindings({ idMaps }: CheckInit, { host, layers }: Home, id: LayerId): readonly Finding[] {
  const { upper, work, lowerId } = layers.paths(id);
  const lower = readFileIfExists(host.fs, lowerId);
  const isBelow = lower !== undefined && isLayerId(lower) && isDirectoryAt(host, layers.paths(lower).root);
  const why = lower === undefined ? 'it is missing, and there is no `root`' : 'it does not name a layer with a `root`';
  return [
    ...(isBelow ? [] : [unmendable('lower', id, lowerId, why)]),
    ...(isDirectoryAt(host, upper)
      ? []
      : [unmendable('part', id, upper, 'the layer’s files are gone; remove the layer')]),
    ...missingParts(host, [{ layer: id, path: work, mode: workMode, owner: rootPair(idMaps) }]),
  ];
}
