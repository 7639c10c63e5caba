import { join } from '../../host/index.ts';
import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckedHome, CheckInit } from '../check/home.ts';
import { abandoned, halfRemoved, leftover } from '../check/leftovers.ts';
import { strayMounts, voidCount } from '../check/mounts.ts';
import { entriesOf, isDirectoryAt, missingParts } from '../check/parts.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { rootPair } from '../id-map.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { linkFindings } from './check-links.ts';
import { lowerFindings } from './check-lowers.ts';
import { clearTrials, trialPrefix } from './kernel-facts.ts';
import { linkDirectory, linkDirectoryMode, workMode } from './layout.ts';
import { Layers } from './layers.ts';
import { LinkNames } from './link-names.ts';
import { recover, stagingsWithNote } from './recover.ts';

/** A home of overlay2, this driver's or dockerd's, without a kernel that could mount it. */
export function checkedOverlay2(init: CheckInit): CheckedHome {
  const { host, home, warn } = init;
  const layers = new Layers(host, home, new Set());
  const lock = new DirectoryLock(host, home);
  return {
    lock,
    list: () => layers.list().filter((id) => !isNoLayer(layers, init, id)),
    pathOf: (id) => layers.path(id),
    find: () => findAll(init, layers),
    clear: async () => {
      await clearTrials(host, home);
      await recover({ host, layers, lock, quirks: new Set(), warn });
    },
  };
}

function findAll(init: CheckInit, layers: Layers): readonly Finding[] {
  const { host, home, warn } = init;
  const ids = layers.list().filter((id) => !isNoLayer(layers, init, id));
  const names = new LinkNames(host, layers, ids);
  const mountable = ids.filter((id) => names.hasLowers(id));
  const targets = new Map(mountable.map((id) => [layers.layout.layer(id).merged, id] as const));
  return [
    ...partFindings(init, layers, mountable),
    ...abandoned(host, home, 'a creation was cut short'),
    ...stagingsWithNote({ host, layers }).map((staging) =>
      leftover(layers.layout.commitNote(staging), 'a creation was cut short'),
    ),
    ...abandoned(host, home, 'a trial mount was cut short', trialPrefix),
    ...halfRemoved(host, home),
    ...strays(init, layers),
    ...linkFindings(init, layers, names),
    ...lowerFindings(init, layers, names),
    ...ids.flatMap((layer) => {
      const { holders, merged } = layers.layout.layer(layer);
      const target = names.hasLowers(layer) ? merged : undefined;
      return voidCount(host, { layer, holders, target, unheld: 'removed' }, warn);
    }),
    ...strayMounts(host, home, targets),
  ];
}

/** What must be there besides links and lowers. */
function partFindings({ host, idMaps }: CheckInit, layers: Layers, mountable: readonly LayerId[]): readonly Finding[] {
  const { layout } = layers;
  const links = { layer: '', path: layout.links, mode: linkDirectoryMode, owner: host.system.credentials() } as const;
  const works = mountable.map((layer) => {
    return { layer, path: layout.layer(layer).work, mode: workMode, owner: rootPair(idMaps) };
  });
  const without = layers.list().filter((id) => host.fs.lstatIfExists(layout.layer(id).link) !== undefined);
  return [
    ...missingParts(host, [links, ...works]),
    ...without
      .filter((id) => !isDirectoryAt(host, layout.layer(id).diff))
      .map((id) => unmendable('part', id, layout.layer(id).diff, 'the layer’s files are gone; remove the layer')),
  ];
}

/** Whether a directory in the home has nothing of a layer: dockerd's trials, the `lost+found` of a filesystem. */
function isNoLayer({ layout }: Layers, { host }: CheckInit, id: LayerId): boolean {
  const { diff, link } = layout.layer(id);
  return host.fs.lstatIfExists(diff) === undefined && host.fs.lstatIfExists(link) === undefined;
}

/** Files and directories that dockerd or the filesystem keeps beside the layers. */
const known: readonly string[] = [linkDirectory, 'backingFsBlockDev', 'lost+found'];

function strays(init: CheckInit, layers: Layers): readonly Finding[] {
  const { host, home } = init;
  return entriesOf(host, home)
    .filter(({ name }) => !known.includes(name) && !/^\.(?:staging|removing|trial|commits)-/.test(name))
    .filter(({ name }) => !isLayerId(name) || !layers.exists(name) || isNoLayer(layers, init, name))
    .map(({ name }) => unmendable('stray', '', join(home, name), 'it is no layer, and nothing that the driver knows'));
}
