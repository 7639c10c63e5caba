import { errno, join, pathFromText, SystemError, type Path } from '../../../src/host/index.ts';
import type { ByteStream, Change, Driver, LayerId, ParentId } from '../../../src/core/index.ts';
import { collect } from './streams.ts';

/** A layer of the driver below: what was applied to it. */
export interface MemoryLayer {
  readonly parent: ParentId;
  readonly archive: Buffer;
}

/**
 * A driver that keeps archives instead of files, for tests of what stands above drivers. Like every driver it has a layer
 * completely or not at all, and refuses to remove nothing. The size of a layer is the length of its archive.
 */
export class MemoryDriver implements Driver {
  readonly layers = new Map<LayerId, MemoryLayer>();
  /** Fails the n-th layer that is created from now on; later ones work. */
  failures: Error[] = [];

  toString(): string {
    return 'memory';
  }

  create(id: LayerId, parent: ParentId): Promise<void> {
    return this.#add(id, parent, Buffer.alloc(0));
  }

  createReadWrite(id: LayerId, parent: ParentId): Promise<void> {
    return this.create(id, parent);
  }

  async createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    const archive = await collect(diff);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    await this.#add(id, parent, archive);
    return archive.length;
  }

  async applyDiff(id: LayerId, _parent: ParentId, diff: ByteStream): Promise<number> {
    const { parent } = this.#layer(id);
    const archive = await collect(diff);
    this.layers.set(id, { parent, archive });
    return archive.length;
  }

  remove(id: LayerId): Promise<void> {
    this.#layer(id);
    this.layers.delete(id);
    return Promise.resolve();
  }

  exists(id: LayerId): Promise<boolean> {
    return Promise.resolve(this.layers.has(id));
  }

  list(): Promise<readonly LayerId[]> {
    return Promise.resolve([...this.layers.keys()].sort());
  }

  parentOf(id: LayerId): Promise<ParentId> {
    return Promise.resolve(this.#layer(id).parent);
  }

  diffSize(id: LayerId): Promise<number> {
    return Promise.resolve(this.#layer(id).archive.length);
  }

  diff(id: LayerId): Promise<ByteStream> {
    const { archive } = this.#layer(id);
    return Promise.resolve(
      (async function* () {
        await Promise.resolve();
        yield archive;
      })(),
    );
  }

  changes(): Promise<readonly Change[]> {
    return Promise.resolve([]);
  }

  get(id: LayerId): Promise<Path> {
    this.#layer(id);
    return Promise.resolve(join('/memory' as Path, id));
  }

  put(id: LayerId): Promise<void> {
    this.#layer(id);
    return Promise.resolve();
  }

  status(): Promise<readonly (readonly [string, string])[]> {
    return Promise.resolve([]);
  }

  getMetadata(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve({});
  }

  cleanup(): Promise<void> {
    return Promise.resolve();
  }

  #add(id: LayerId, parent: ParentId, archive: Buffer): Promise<void> {
    if (this.layers.has(id)) throw new SystemError(errno.EEXIST, 'mkdir', pathFromText(id));
    if (parent !== '') this.#layer(parent);
    this.layers.set(id, { parent, archive });
    return Promise.resolve();
  }

  #layer(id: LayerId): MemoryLayer {
    const layer = this.layers.get(id);
    if (layer === undefined) throw new SystemError(errno.ENOENT, 'stat', pathFromText(id));
    return layer;
  }
}
