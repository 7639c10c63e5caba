import { textFromPath, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import type { ByteStream, CreateOptions, Driver } from '../driver.ts';
import { layerId, parentId, type LayerId, type ParentId } from '../layer-id.ts';
import { NaiveDiff } from '../naive/naive-diff.ts';
import type { Context } from './context.ts';
import { createEmptyLayer, type NewLayer } from './create.ts';
import { get, put } from './hold.ts';
import { LayerDiffs } from './layer-diffs.ts';
import { migrate, type SetupInit } from './migrate.ts';
import { cleanUp } from './recover.ts';
import { removeLayer } from './remove.ts';
import { refuseStorageOptions } from '../storage-option.ts';

export const driverName = 'aufs';

/** Docker's first driver: each layer a directory of its own changes, united by the kernel's aufs at `get`. */
export class Aufs implements Driver {
  readonly #context: Context;
  readonly #diffs: LayerDiffs;

  constructor(context: Context) {
    this.#context = context;
    const { host, idMaps, limits, quirks, warn } = context;
    this.#diffs = new LayerDiffs(context, new NaiveDiff({ host, driver: this, warn, idMaps, limits, quirks }));
  }

  toString(): string {
    return driverName;
  }

  async create(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    refuseStorageOptions(driverName, options);
    await createEmptyLayer(this.#context, newLayer(id, parent, options));
  }

  createReadWrite(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    return this.create(id, parent, options);
  }

  async createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream, options: CreateOptions = {}): Promise<number> {
    refuseStorageOptions(driverName, options);
    return this.#diffs.createFromDiff(newLayer(id, parent, options), diff);
  }

  async remove(id: LayerId): Promise<void> {
    await removeLayer(this.#context, layerId(id));
  }

  async get(id: LayerId, mountLabel = ''): Promise<Path> {
    return get(this.#context, layerId(id), mountLabel);
  }

  async put(id: LayerId): Promise<void> {
    await put(this.#context, layerId(id));
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

  /** Docker has nothing to tell. */
  async getMetadata(id: LayerId): Promise<Readonly<Record<string, string>>> {
    this.#known(id, 'inspect');
    return Promise.resolve({});
  }

  async status(): Promise<readonly (readonly [key: string, value: string])[]> {
    const { layers, backingFilesystem, dirperm1 } = this.#context;
    return Promise.resolve([
      ['Root Dir', textFromPath(layers.layout.home)],
      ['Backing Filesystem', backingFilesystem],
      ['Dirs', String(layers.list().length)],
      ['Dirperm1 Supported', String(dirperm1)],
    ]);
  }

  async cleanup(): Promise<void> {
    await cleanUp(this.#context);
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    return this.#diffs.diff(this.#known(id, 'diff'), this.#knownParent(parent, 'diff'));
  }

  async changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    return this.#diffs.changes(this.#known(id, 'list changes'), this.#knownParent(parent, 'list changes'));
  }

  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    return this.#diffs.applyDiff(this.#known(id, 'apply a diff'), this.#knownParent(parent, 'apply a diff'), diff);
  }

  async diffSize(id: LayerId, parent: ParentId): Promise<number> {
    return this.#diffs.diffSize(this.#known(id, 'measure'), this.#knownParent(parent, 'measure'));
  }

  /**
   * Takes over the images and containers of a Docker before 0.7 that are below `directory`; see migrate.ts. `setupInit` fills
   * the layer that lies between an image and a container. Done twice it changes nothing.
   */
  async migrate(directory: Path, setupInit: SetupInit): Promise<void> {
    await migrate(this.#context, this, directory, setupInit);
  }

  #known(id: LayerId, operation: string): LayerId {
    this.#context.layers.mustExist(layerId(id), operation);
    return id;
  }

  #knownParent(parent: ParentId, operation: string): ParentId {
    return parent === '' ? '' : this.#known(parent, operation);
  }
}

function newLayer(id: LayerId, parent: ParentId, { mountLabel = '' }: CreateOptions): NewLayer {
  return { id: layerId(id), parent: parentId(parent), mountLabel };
}
