import { join } from '../../host/index.ts';
import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckedHome, CheckInit } from '../check/home.ts';
import { clearedAway, abandoned, halfRemoved } from '../check/leftovers.ts';
import { entriesOf, missingParts, type Part } from '../check/parts.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { ownerOfNew } from '../id-map.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { homeMode, Layers, parentsMode } from './layers.ts';
import { recover } from './recover.ts';

/** A home of vfs, whose layers are whole trees: only what is noted beside them can be wrong. */
export function checkedVfs(init: CheckInit): CheckedHome {
  const { host, home, warn } = init;
  const layers = new Layers(host, home);
  const lock = new DirectoryLock(host, home);
  return {
    lock,
    list: () =>
      entriesOf(host, layers.parent)
        .map(({ name }) => name)
        .filter(isLayer(layers)),
    pathOf: (id) => layers.path(id),
    find: () => findAll(init, layers),
    clear: () => recover({ host, layers, lock, warn }),
  };
}

function isLayer(layers: Layers): (name: string) => name is LayerId {
  return (name): name is LayerId => isLayerId(name) && layers.exists(name);
}

function findAll(init: CheckInit, layers: Layers): readonly Finding[] {
  const { host } = init;
  const missing = missingParts(host, partsOf(init, layers));
  if (missing.length > 0) return missing;
  const ids = layers.list();
  return [
    ...abandoned(host, layers.parent, 'a creation was cut short'),
    ...halfRemoved(host, layers.parent),
    ...layers.orphanedParentNotes().map((path): Finding => ({
      kind: 'leftover',
      layer: '',
      path,
      what: 'it notes a parent of no layer',
      remedy: clearedAway,
    })),
    ...ids.flatMap((id) => badNote(init, layers, id)),
    ...strays(init, layers),
  ];
}

function partsOf({ host, idMaps }: CheckInit, layers: Layers): readonly Part[] {
  const own = host.system.credentials();
  const owner = { uid: own.uid, gid: ownerOfNew(host.system, idMaps).gid };
  return [
    { layer: '', path: layers.parent, mode: homeMode, owner },
    { layer: '', path: layers.parents, mode: parentsMode, owner: own },
  ];
}

/** A note that names no layer. Without it the layer counts as a base layer, which loses nothing: its tree is whole. */
function badNote({ host }: CheckInit, layers: Layers, id: LayerId): readonly Finding[] {
  const path = layers.parentNote(id);
  const note = readFileIfExists(host.fs, path);
  if (note === undefined || isLayerId(note)) return [];
  const by = (): void => {
    host.fs.unlink(path);
  };
  return [{ kind: 'lower', layer: id, path, what: 'it does not name a parent', remedy: { words: 'remove it', by } }];
}

function strays({ host }: CheckInit, layers: Layers): readonly Finding[] {
  return entriesOf(host, layers.parent)
    .filter(({ name }) => !/^\.(?:staging|removing)-/.test(name) && !isLayer(layers)(name))
    .map(({ name }) => unmendable('stray', '', join(layers.parent, name), 'it is no layer'));
}
