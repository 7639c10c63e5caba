import { isSystemError, join, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { LayerDirectories } from '../layer-directories.ts';
import { isLayerId, type LayerId, type ParentId } from '../layer-id.ts';
import type { Quirk } from '../quirks.ts';
import { DamagedLayerError } from './errors.ts';
import { Layout, linkDirectory, linkedLayer, linkTarget, type LinkId } from './layout.ts';

/** Reads what the layers' directories say: which are there, their links, and what lies below them. */
export class Layers extends LayerDirectories {
  readonly layout: Layout;
  readonly #host: Host;
  readonly #quirks: ReadonlySet<Quirk>;

  constructor(host: Host, home: Path, quirks: ReadonlySet<Quirk>) {
    super(host, home);
    this.#host = host;
    this.#quirks = quirks;
    this.layout = new Layout(home);
  }

  /** The layer's link, `undefined` where the file is missing or empty (as a crash of an old dockerd leaves it). */
  linkOf(id: LayerId): LinkId | undefined {
    const link = readFileIfExists(this.#host.fs, this.layout.layer(id).link);
    return link === undefined || link === '' ? undefined : (link as LinkId);
  }

  /** The lowers of the layer as its file has them, `l/<link>` each; none for a base layer. @throws DamagedLayerError */
  lowersOf(id: LayerId): readonly string[] {
    const text = this.#lowerText(id);
    if (text === undefined) return [];
    const lowers = text.split(':');
    if (!lowers.every((lower) => lowerShape.test(lower))) {
      throw new DamagedLayerError(id, `its file 'lower' does not list links: ${JSON.stringify(text.slice(0, 80))}`);
    }
    return lowers;
  }

  /** The lowers that a child of `parent` has. @throws UnknownLayerError, DamagedLayerError */
  lowersOfChild(parent: ParentId): readonly string[] {
    return parent === '' ? [] : [this.lowerNameOf(parent), ...this.#lowersToInherit(parent)];
  }

  /** `l/<link>`, the name that a layer has in the lowers of those above it. @throws UnknownLayerError, DamagedLayerError */
  lowerNameOf(id: LayerId): string {
    const link = this.linkOf(id);
    if (link !== undefined) return `${linkDirectory}/${link}`;
    this.mustExist(id, 'read parent');
    throw new DamagedLayerError(id, "its file 'link' is missing or empty");
  }

  /** Whether there are layers below. */
  hasLowers(id: LayerId): boolean {
    return this.#host.fs.lstatIfExists(this.layout.layer(id).lower) !== undefined;
  }

  /** Docker takes a file that cannot be read for none, and so cuts the stack (quirk cut-lower). */
  #lowersToInherit(parent: LayerId): readonly string[] {
    try {
      return this.lowersOf(parent);
    } catch (error) {
      if (this.#quirks.has('cut-lower') && isSystemError(error) && !(error instanceof DamagedLayerError)) return [];
      throw error;
    }
  }

  /** The parent the layer was created with, by its first lower's symlink. */
  parentOf(id: LayerId): ParentId {
    const [nearest] = this.lowersOf(id);
    return nearest === undefined ? '' : this.layerOfLower(id, nearest);
  }

  /** The ids of all layers below, the nearest first. */
  ancestorsOf(id: LayerId): readonly LayerId[] {
    return this.lowersOf(id).map((lower) => this.layerOfLower(id, lower));
  }

  /** The directories with the files of all layers below, the nearest first. */
  lowerDiffsOf(id: LayerId): readonly Path[] {
    return this.ancestorsOf(id).map((ancestor) => this.layout.layer(ancestor).diff);
  }

  /** The layer that `l/<link>` in the lowers of `id` leads to. @throws DamagedLayerError */
  layerOfLower(id: LayerId, lower: string): LayerId {
    const target = readLinkIfExists(this.#host, join(this.layout.home, lower));
    if (target === undefined) throw new DamagedLayerError(id, `${lower} below it is gone, and the layer with it`);
    const name = linkedLayer(target);
    if (name === undefined || !isLayerId(name)) throw new DamagedLayerError(id, `${lower} leads to '${target}'`);
    return name;
  }

  /** Whether a layer was created on this one, damaged ones included. */
  hasChildren(parent: LayerId): boolean {
    const nearest = `${linkDirectory}/${this.linkOf(parent) ?? ''}`;
    return this.list().some((id) => this.#lowerText(id)?.split(':')[0] === nearest);
  }

  /** Symlinks in `l/` that lead to layers which are not there: what a crashed create or remove leaves. */
  danglingLinks(): readonly Path[] {
    return this.#host.fs
      .readdir(this.layout.links)
      .map(({ name }) => this.layout.link(name))
      .filter((link) => this.#dangles(link));
  }

  #lowerText(id: LayerId): string | undefined {
    return readFileIfExists(this.#host.fs, this.layout.layer(id).lower);
  }

  #dangles(link: Path): boolean {
    const name = linkedLayer(readLinkIfExists(this.#host, link) ?? '');
    return name !== undefined && isLayerId(name) && !this.exists(name);
  }

  /** Whether the link leads to the layer. */
  linksTo(link: LinkId, id: LayerId): boolean {
    return readLinkIfExists(this.#host, this.layout.link(link)) === linkTarget(id);
  }
}

const lowerShape = /^l\/[^/:,\\]+$/;

function readLinkIfExists(host: Host, path: Path): Path | undefined {
  try {
    return host.fs.readlink(path);
  } catch (error) {
    // EINVAL: something, but no symlink.
    if (isSystemError(error, 'ENOENT', 'EINVAL')) return undefined;
    throw error;
  }
}
