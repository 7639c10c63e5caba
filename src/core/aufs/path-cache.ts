import type { Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import type { Layout } from './layout.ts';

/**
 * Where Docker remembered that the view of a layer is (quirk cache-paths, graph-drivers.md 1.3): whichever of `get` and `put`
 * came first said so, and `put` took every layer for one that is mounted.
 */
export class PathCache {
  readonly #layout: Layout;
  readonly #paths = new Map<LayerId, Path>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Where a base layer is, of which its own directory is all there is to see. */
  ofBase(id: LayerId): Path {
    return this.#paths.get(id) ?? this.#layout.diff(id);
  }

  /** Remembers what a holder was given. */
  got(id: LayerId, path: Path): void {
    this.#paths.set(id, path);
  }

  /** Remembers, where nothing is, that the layer is mounted. */
  put(id: LayerId): void {
    if (!this.#paths.has(id)) this.#paths.set(id, this.#layout.mount(id));
  }

  /** Forgets the layer; answers what is removed beside its own directory as its mount point. */
  removed(id: LayerId): Path {
    const path = this.#paths.get(id) ?? this.#layout.mount(id);
    this.#paths.delete(id);
    return path;
  }
}
