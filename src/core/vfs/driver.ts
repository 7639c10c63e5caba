import { textFromPath, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import type { ByteStream, CreateOptions, Driver } from '../driver.ts';
import { layerId, parentId, type LayerId, type ParentId } from '../layer-id.ts';
import { NaiveDiff } from '../naive/naive-diff.ts';
import { applyDiff, unpack } from './apply-diff.ts';
import type { Context } from './context.ts';
import { createLayer, type NewLayer } from './create.ts';
import { recover } from './recover.ts';
import { removeLayer } from './remove.ts';
import { checkCreateOptions, sizeOfLayer } from './storage-options.ts';

/** Docker's vfs driver: each layer a whole copy of its parent. Nothing is mounted, and diffs compare the copies. */
export class Vfs implements Driver {
  readonly #context: Context;
  readonly #naive: NaiveDiff;

  constructor(context: Context) {
    this.#context = context;
    const { host, idMaps, limits, quirks, warn } = context;
    this.#naive = new NaiveDiff({ host, driver: this, warn, idMaps, limits, quirks });
  }

  toString(): string {
    return 'vfs';
  }

  async create(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    checkCreateOptions(options);
    await createLayer(this.#context, newLayer(id, parent), () => Promise.resolve());
  }

  async createReadWrite(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    const limit = sizeOfLayer(options, this.#context.options);
    await createLayer(this.#context, { ...newLayer(id, parent), limit }, () => Promise.resolve());
  }

  async createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream, options: CreateOptions = {}): Promise<number> {
    checkCreateOptions(options);
    return createLayer(this.#context, newLayer(id, parent), (root) => unpack(this.#context, diff, root));
  }

  async remove(id: LayerId): Promise<void> {
    await removeLayer(this.#context, layerId(id));
  }

  /** The layer's own directory. Nobody counts its holders, and a mount label has no mount to go to. */
  async get(id: LayerId): Promise<Path> {
    return Promise.resolve(this.#context.layers.path(this.#known(id, 'get')));
  }

  async put(id: LayerId): Promise<void> {
    this.#known(id, 'put');
    return Promise.resolve();
  }

  async exists(id: LayerId): Promise<boolean> {
    return Promise.resolve(this.#context.layers.exists(layerId(id)));
  }

  async list(): Promise<readonly LayerId[]> {
    return Promise.resolve(this.#context.layers.list());
  }

  async parentOf(id: LayerId): Promise<ParentId> {
    return Promise.resolve(this.#context.layers.parentOf(this.#known(id, 'read parent')));
  }

  async getMetadata(id: LayerId): Promise<Readonly<Record<string, string>>> {
    const { layers } = this.#context;
    return Promise.resolve({ SourceDir: textFromPath(layers.path(this.#known(id, 'inspect'))) });
  }

  async status(): Promise<readonly (readonly [key: string, value: string])[]> {
    const { bestEffortXattrs } = this.#context.options;
    return Promise.resolve(bestEffortXattrs ? [['Extended file attributes', 'best-effort']] : []);
  }

  async cleanup(): Promise<void> {
    await recover(this.#context);
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    return Promise.resolve(this.#naive.diff(this.#known(id, 'diff'), this.#knownParent(parent, 'diff')));
  }

  async changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    return this.#naive.changes(this.#known(id, 'list changes'), this.#knownParent(parent, 'list changes'));
  }

  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    this.#knownParent(parent, 'apply a diff');
    return applyDiff(this.#context, this.#known(id, 'apply a diff'), diff);
  }

  async diffSize(id: LayerId, parent: ParentId): Promise<number> {
    return this.#naive.diffSize(this.#known(id, 'measure'), this.#knownParent(parent, 'measure'));
  }

  #known(id: LayerId, operation: string): LayerId {
    this.#context.layers.mustExist(layerId(id), operation);
    return id;
  }

  #knownParent(parent: ParentId, operation: string): ParentId {
    return parent === '' ? '' : this.#known(parent, operation);
  }
}

function newLayer(id: LayerId, parent: ParentId): NewLayer {
  return { id: layerId(id), parent: parentId(parent), limit: 0 };
}
