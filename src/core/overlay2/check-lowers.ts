import { unmendable, type Finding } from '../check/finding.ts';
import type { CheckInit } from '../check/home.ts';
import { isDirectoryAt } from '../check/parts.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { LayerId } from '../layer-id.ts';
import { linkDirectory, metadataMode } from './layout.ts';
import type { Layers } from './layers.ts';
import type { LinkNames } from './link-names.ts';

/** The file `lower` of each layer names all layers below it: its parent, and then what the parent's own names. */
export function lowerFindings(init: CheckInit, layers: Layers, names: LinkNames): readonly Finding[] {
  return names.ids.flatMap((id) => {
    const lowers = names.lowers.get(id);
    return lowers === undefined ? unlisted(init, layers, names, id) : listed(layers, names, id, lowers);
  });
}

/**
 * The file is missing or lists no names. A base layer has none, and no work directory either; but what its children name below it
 * counts for more than what is missing, since a power failure takes files away and makes no names up.
 */
function unlisted(init: CheckInit, layers: Layers, names: LinkNames, id: LayerId): readonly Finding[] {
  const { lower, work } = layers.layout.layer(id);
  const known = lowersByChildren(names, id) ?? lowersByRecord(init, names, id);
  if (!names.hasLowers(id)) {
    const isBase = known === undefined ? !isDirectoryAt(init.host, work) : known.length === 0;
    if (isBase) return [];
  }
  const what = names.hasLowers(id) ? 'it does not list the layers below' : 'the list of the layers below is missing';
  if (known === undefined) return [unmendable('lower', id, lower, what)];
  const { host, home, durability } = init;
  const content = known.map((name) => `${linkDirectory}/${name}`).join(':');
  const by = (): void => {
    if (content === '') host.fs.unlink(lower);
    else replaceFile(host, home, { path: lower, content, mode: metadataMode }, durability);
  };
  const words = content === '' ? 'remove it: there are none' : `write the ${known.length} that others know of into it`;
  return [{ kind: 'lower', layer: id, path: lower, what, remedy: { words, by } }];
}

/** What the layer's children name below it; `undefined` without children that name layers, and where they do not agree. */
function lowersByChildren(names: LinkNames, id: LayerId): readonly string[] | undefined {
  const lists = [...names.lowers.values()]
    .filter((lowers) => lowers?.[0] !== undefined && isNameOf(names, lowers[0], id))
    .map((lowers) => (lowers ?? []).slice(1))
    .filter((lowers) => lowers.every((name) => names.layerOf(name) !== undefined || names.owned.has(name)));
  const [first] = lists;
  return first !== undefined && lists.every((list) => list.join(':') === first.join(':')) ? first : undefined;
}

function isNameOf(names: LinkNames, name: string, id: LayerId): boolean {
  return names.layerOf(name) === id || (names.own.get(id) === name && names.layerOf(name) === undefined);
}

/** What lies below the parent that is recorded of the archive, and the parent. */
function lowersByRecord({ records }: CheckInit, names: LinkNames, id: LayerId): readonly string[] | undefined {
  const parent = records.parentOf(id);
  if (parent === undefined || parent === '') return parent === '' ? [] : undefined;
  const name = names.own.get(parent);
  const below = names.hasLowers(parent) ? names.lowers.get(parent) : [];
  return name === undefined || below === undefined ? undefined : [name, ...below];
}

function listed(layers: Layers, names: LinkNames, id: LayerId, lowers: readonly string[]): readonly Finding[] {
  const { lower } = layers.layout.layer(id);
  const gone = lowers.find((name) => names.layerOf(name) === undefined && !names.owned.has(name));
  if (gone !== undefined) {
    return [unmendable('lower', id, lower, `${linkDirectory}/${gone} below it is gone, and the layer with it`)];
  }
  const [parent = '', ...rest] = lowers;
  const layer = names.layerOf(parent);
  const expected = layer === undefined || !names.hasLowers(layer) ? undefined : names.lowers.get(layer);
  const differs = layer !== undefined && layersOf(names, rest) !== layersOf(names, expected ?? []);
  const isKnown = layer !== undefined && (!names.hasLowers(layer) || expected !== undefined);
  if (!differs || !isKnown) return [];
  return [unmendable('lower', id, lower, `it lists other layers below its parent ${layer} than the parent does`)];
}

/** The layers that names stand for, since one can have several names. */
function layersOf(names: LinkNames, lowers: readonly string[]): string {
  return lowers.map((name) => names.layerOf(name) ?? name).join(':');
}
