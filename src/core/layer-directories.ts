import { isDirectory, join, type Host, type Path } from '../host/index.ts';
import { KnownDirectory } from './files/known-directory.ts';
import { UnknownLayerError } from './layer-errors.ts';
import { isLayerId, type LayerId } from './layer-id.ts';

/** A directory in which every layer has one of its own, named by its id. */
export class LayerDirectories {
  readonly parent: Path;
  readonly #host: Host;

  constructor(host: Host, parent: Path) {
    this.#host = host;
    this.parent = parent;
  }

  path(id: LayerId): Path {
    return join(this.parent, id);
  }

  exists(id: LayerId): boolean {
    const found = this.#host.fs.lstatIfExists(this.path(id));
    return found !== undefined && isDirectory(found.mode);
  }

  /** @throws UnknownLayerError */
  mustExist(id: LayerId, operation: string): void {
    if (!this.exists(id)) throw new UnknownLayerError(id, operation);
  }

  /** All layers, sorted by the bytes of their ids. */
  list(): readonly LayerId[] {
    const names = this.#host.fs.readdir(this.parent).map(({ name }) => name);
    return names
      .filter(isLayerId)
      .filter((id) => this.exists(id))
      .sort();
  }

  /** The layer's directory, to be known again. @throws UnknownLayerError */
  know(id: LayerId): KnownDirectory {
    this.mustExist(id, 'read parent');
    return new KnownDirectory(this.#host.fs, this.path(id));
  }

  /** Whether the directory is still the layer's. @throws UnknownLayerError */
  isStill(id: LayerId, known: KnownDirectory): boolean {
    this.mustExist(id, 'read parent');
    return known.isAt(this.path(id));
  }
}
