import { textFromPath, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import type { ByteStream, CreateOptions, Driver } from '../driver.ts';
import { layerId, parentId, type LayerId, type ParentId } from '../layer-id.ts';
import { cleanUp } from './clean-up.ts';
import type { Context } from './context.ts';
import { createLayer, type NewLayer } from './create.ts';
import { hold, release } from './hold.ts';
import type { LayerDiffs } from './layer-diffs.ts';
import { removeLayer } from './remove.ts';
import { checkCreateOptions, sizeOfLayer } from './storage-options.ts';

export const driverName = 'overlay2';

/** Docker's overlay2 driver: each layer a directory of its own changes, stacked by the kernel's overlayfs at `get`. */
export class Overlay2 implements Driver {
  readonly #context: Context;
  #diffs: Promise<LayerDiffs> | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  toString(): string {
    return driverName;
  }

  async create(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    checkCreateOptions(options);
    await createLayer(this.#context, newLayer(id, parent, options), () => Promise.resolve());
  }

  async createReadWrite(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    const limit = sizeOfLayer(options, this.#context.options);
    await createLayer(this.#context, newLayer(id, parent, options, limit), () => Promise.resolve());
  }

  async createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream, options: CreateOptions = {}): Promise<number> {
    checkCreateOptions(options);
    return (await this.#layerDiffs()).createFromDiff(newLayer(id, parent, options), diff);
  }

  async remove(id: LayerId): Promise<void> {
    await removeLayer(this.#context, layerId(id));
  }

  async get(id: LayerId, mountLabel = ''): Promise<Path> {
    layerId(id);
    return this.#context.lock.run(() => hold(this.#context, id, mountLabel));
  }

  async put(id: LayerId): Promise<void> {
    layerId(id);
    await this.#context.lock.run(() => {
      release(this.#context, id);
    });
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
    const { work, merged, diff } = layers.layout.layer(this.#known(id, 'inspect'));
    const lowers = layers.lowerDiffsOf(id).map(textFromPath);
    const own = { WorkDir: textFromPath(work), MergedDir: textFromPath(merged), UpperDir: textFromPath(diff) };
    return Promise.resolve(lowers.length === 0 ? own : { ...own, LowerDir: lowers.join(':') });
  }

  async status(): Promise<readonly (readonly [key: string, value: string])[]> {
    const { kernel } = this.#context;
    return Promise.resolve([
      ['Backing Filesystem', kernel.backingFilesystem],
      // A filesystem without it is refused when the driver is opened.
      ['Supports d_type', 'true'],
      ['Using metacopy', String(kernel.usingMetacopy)],
      ['Native Overlay Diff', String(kernel.noNativeDiff === undefined)],
      ['userxattr', String(kernel.xattrs === 'user')],
    ]);
  }

  async cleanup(): Promise<void> {
    await cleanUp(this.#context);
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    return (await this.#layerDiffs()).diff(this.#known(id, 'diff'), this.#knownParent(parent, 'diff'));
  }

  async changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    const diffs = await this.#layerDiffs();
    return diffs.changes(this.#known(id, 'list changes'), this.#knownParent(parent, 'list changes'));
  }

  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    const diffs = await this.#layerDiffs();
    return diffs.applyDiff(this.#known(id, 'apply a diff'), this.#knownParent(parent, 'apply a diff'), diff);
  }

  async diffSize(id: LayerId, parent: ParentId): Promise<number> {
    const diffs = await this.#layerDiffs();
    return diffs.diffSize(this.#known(id, 'measure'), this.#knownParent(parent, 'measure'));
  }

  /** Loaded when the first one is asked for: archives are half of the driver's code, and most commands need none of it. */
  #layerDiffs(): Promise<LayerDiffs> {
    this.#diffs ??= import('./layer-diffs.ts').then(({ layerDiffs }) => layerDiffs(this.#context, this));
    return this.#diffs;
  }

  #known(id: LayerId, operation: string): LayerId {
    this.#context.layers.mustExist(layerId(id), operation);
    return id;
  }

  #knownParent(parent: ParentId, operation: string): ParentId {
    return parent === '' ? '' : this.#known(parent, operation);
  }
}

function newLayer(id: LayerId, parent: ParentId, { mountLabel = '' }: CreateOptions, limit = 0): NewLayer {
  return { id: layerId(id), parent: parentId(parent), mountLabel, limit };
}
