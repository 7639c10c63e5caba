import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckInit } from '../check/home.ts';
import { clearedAway } from '../check/leftovers.ts';
import { replaceFile } from '../files/replace-file.ts';
import { syncDirectory } from '../files/sync.ts';
import type { LayerId } from '../layer-id.ts';
import { linkTarget, metadataMode, newLink } from './layout.ts';
import type { Layers } from './layers.ts';
import type { LinkNames } from './link-names.ts';

/**
 * Every layer has one name in `l/`, which its file `link` holds. A power failure that a dockerd did not sync against leaves either
 * half without the other (moby#42456, containers/storage#1064).
 */
export function linkFindings(init: CheckInit, layers: Layers, names: LinkNames): readonly Finding[] {
  return [
    ...[...names.names.keys()].sort().flatMap((name) => nameFindings(init, layers, names, name)),
    ...names.ids.flatMap((id) => layerFindings(init, layers, names, id)),
  ];
}

function nameFindings({ host }: CheckInit, layers: Layers, names: LinkNames, name: string): readonly Finding[] {
  const path = layers.layout.link(name);
  const found = names.names.get(name);
  if (found?.kind !== 'link') return [unmendable('stray', '', path, 'it is no symlink to a layer')];
  const layer = names.layerOf(name);
  if (layer === undefined) {
    return layers.exists(found.to)
      ? []
      : [
          {
            kind: 'link',
            layer: found.to,
            path,
            what: `it leads to ${found.to}, which is no layer`,
            remedy: clearedAway,
          },
        ];
  }
  // The layer without a name gets this one; and others may know it by this one.
  if (!names.own.has(layer) || names.own.get(layer) === name || names.used.has(name)) return [];
  const by = (): void => {
    host.fs.unlink(path);
  };
  const what = `the layer ${layer} does not go by this name`;
  return [{ kind: 'link', layer, path, what, remedy: { words: 'remove it', by } }];
}

function layerFindings(init: CheckInit, layers: Layers, names: LinkNames, id: LayerId): readonly Finding[] {
  const own = names.own.get(id);
  if (own === undefined) return [withoutLink(init, layers, names, id)];
  const there = names.names.get(own);
  const path = layers.layout.link(own);
  if (there === undefined) return [withoutName(init, layers, id, own)];
  if (there.kind === 'link' && there.to !== id && names.layerOf(own) !== undefined) {
    return [unmendable('link', id, path, `the layer goes by this name, which leads to ${there.to}`)];
  }
  return [];
}

/** The file `link` is missing, empty, or holds no name. */
function withoutLink(init: CheckInit, layers: Layers, names: LinkNames, id: LayerId): Finding {
  const { host, home, durability } = init;
  const path = layers.layout.layer(id).link;
  const known = names.leadingTo(id)[0] ?? nameInChildren(names, id);
  const by = (): void => {
    // Where the name itself is missing, that is what is found next.
    replaceFile(host, home, { path, content: known ?? newLink(host.system), mode: metadataMode }, durability);
  };
  const words = known === undefined ? 'give the layer a new name' : `write ${known}, by which it is known, into it`;
  return { kind: 'link', layer: id, path, what: 'the layer’s name in `l/` is not in it', remedy: { words, by } };
}

/**
 * The name that children use for a layer of which both halves are gone: the first lower, leading nowhere, before all those of
 * the layer itself. Of several layers or several names nothing can be said.
 */
function nameInChildren(names: LinkNames, id: LayerId): string | undefined {
  const below = names.hasLowers(id) ? names.lowers.get(id) : [];
  if (below === undefined) return undefined;
  const isLike = (other: LayerId): boolean =>
    !names.own.has(other) && names.leadingTo(other).length === 0 && sameNames(names.lowers.get(other) ?? [], below);
  if (names.ids.filter(isLike).length !== 1) return undefined;
  const found = new Set<string>();
  for (const lowers of names.lowers.values()) {
    const [name, ...rest] = lowers ?? [];
    if (name !== undefined && !names.names.has(name) && sameNames(rest, below)) found.add(name);
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.join(':') === other.join(':');
}

/** The name that the file `link` holds is not in `l/`. */
function withoutName(init: CheckInit, layers: Layers, id: LayerId, own: string): Finding {
  const by = (): void => {
    makeName(init, layers, id, own);
  };
  const path = layers.layout.link(own);
  return {
    kind: 'link',
    layer: id,
    path,
    what: `the layer ${id} goes by this name, which is missing`,
    remedy: { words: 'make it', by },
  };
}

function makeName({ host, durability }: CheckInit, { layout }: Layers, id: LayerId, name: string): void {
  host.fs.symlink(linkTarget(id), layout.link(name));
  if (durability !== 'none') syncDirectory(host.fs, layout.links);
}
