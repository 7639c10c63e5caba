import { isSystemError, type Host } from '../../host/index.ts';
import { entriesOf } from '../check/parts.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { isLayerId, type LayerId } from '../layer-id.ts';
import { linkDirectory, linkedLayer } from './layout.ts';
import type { Layers } from './layers.ts';

/** What a name in `l/` is: a symlink to a layer's place, whether or not the layer is there, or something else. */
export type NameInLinks = { readonly kind: 'link'; readonly to: LayerId } | { readonly kind: 'other' };

/** All that a home says of links and lowers, read once, with what is wrong in it. */
export class LinkNames {
  readonly ids: readonly LayerId[];
  /** What is in `l/`. */
  readonly names = new Map<string, NameInLinks>();
  /** What the layers call themselves; those whose file is missing, empty or no name are not here. */
  readonly own = new Map<LayerId, string>();
  /** The names of the layers below, nearest first; `undefined` where the file lists none. Base layers are not here. */
  readonly lowers = new Map<LayerId, readonly string[] | undefined>();
  /** Names by which layers know those below them. */
  readonly used: ReadonlySet<string>;
  /** All names that layers call themselves. */
  readonly owned: ReadonlySet<string>;
  readonly #there: ReadonlySet<LayerId>;

  constructor(host: Host, layers: Layers, ids: readonly LayerId[]) {
    this.ids = ids;
    for (const { name } of entriesOf(host, layers.layout.links)) this.names.set(name, readName(host, layers, name));
    for (const id of ids) {
      const { link, lower } = layers.layout.layer(id);
      const own = readFileIfExists(host.fs, link) ?? '';
      if (linkShape.test(own)) this.own.set(id, own);
      const text = readFileIfExists(host.fs, lower);
      if (text !== undefined) this.lowers.set(id, namesIn(text));
    }
    this.#there = new Set(ids);
    this.owned = new Set(this.own.values());
    this.used = new Set([...this.lowers.values()].flatMap((names) => names ?? []));
  }

  /** Whether the layer has others below it, also where it is not known which. */
  hasLowers(id: LayerId): boolean {
    return this.lowers.has(id);
  }

  /** The layer that a name leads to, if it is there. */
  layerOf(name: string): LayerId | undefined {
    const found = this.names.get(name);
    return found?.kind === 'link' && this.#there.has(found.to) ? found.to : undefined;
  }

  /** Names that lead to the layer, sorted, those first by which others know it. */
  leadingTo(id: LayerId): readonly string[] {
    const all = [...this.names.keys()].filter((name) => this.layerOf(name) === id).sort();
    return [...all.filter((name) => this.used.has(name)), ...all.filter((name) => !this.used.has(name))];
  }
}

/** A file name that mount options carry plainly, and that can be shown to people. */
const linkShape = /^(?!\.)[\x21-\x2b\x2d\x2e\x30-\x39\x3b-\x5b\x5d-\x7e]{1,255}$/;

/** The names in a file `lower`, `undefined` where it does not list any. */
function namesIn(text: string): readonly string[] | undefined {
  const lowers = text.split(':');
  const prefix = `${linkDirectory}/`;
  const names = lowers.map((lower) => (lower.startsWith(prefix) ? lower.slice(prefix.length) : ''));
  return names.every((name) => linkShape.test(name)) ? names : undefined;
}

function readName(host: Host, { layout }: Layers, name: string): NameInLinks {
  try {
    const to = linkedLayer(host.fs.readlink(layout.link(name))) ?? '';
    return isLayerId(to) ? { kind: 'link', to } : { kind: 'other' };
  } catch (error) {
    // EINVAL: no symlink.
    if (isSystemError(error, 'EINVAL')) return { kind: 'other' };
    throw error;
  }
}
