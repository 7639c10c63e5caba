import { textFromPath, type Path } from '../../host/index.ts';
import type { Change } from '../changes/change.ts';
import type { ByteStream, CreateOptions, Driver } from '../driver.ts';
import { layerId, parentId, type LayerId, type ParentId } from '../layer-id.ts';
import { applyDiffOrFallBack } from '../naive/apply-diff-fallback.ts';
import { NaiveDiff } from '../naive/naive-diff.ts';
import { applyDiff } from './apply-diff.ts';
import { buildEmpty, buildFilled } from './build.ts';
import type { Context } from './context.ts';
import { createLayer, type NewLayer } from './create.ts';
import { holdLayer, releaseLayer } from './hold.ts';
import { cleanUp } from './recover.ts';
import { removeLayer } from './remove.ts';
import { refuseStorageOptions } from '../storage-option.ts';
import { untouchedBetween } from './untouched.ts';

export const driverName = 'overlay';

/**
 * Docker's first overlay driver: images are whole trees that share their files by hard links, containers are overlays with
 * one of them below.
 */
export class Overlay implements Driver {
  readonly #context: Context;
  readonly #naive: NaiveDiff;

  constructor(context: Context) {
    this.#context = context;
    const { host, layers, idMaps, limits, quirks, warn } = context;
    this.#naive = new NaiveDiff({
      host,
      driver: this,
      warn,
      idMaps,
      limits,
      quirks,
      untouched: (newer, older) => untouchedBetween(context, newer, older),
      filesOf: (id) => (layers.formOf(id).kind === 'root' ? 'shared-with-parent' : 'own'),
    });
  }

  toString(): string {
    return driverName;
  }

  async create(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    refuseStorageOptions(driverName, options);
    const context = this.#context;
    await createLayer(context, newLayer(id, parent, options), (below, built) => buildEmpty(context, below, built));
  }

  createReadWrite(id: LayerId, parent: ParentId, options: CreateOptions = {}): Promise<void> {
    return this.create(id, parent, options);
  }

  async createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream, options: CreateOptions = {}): Promise<number> {
    refuseStorageOptions(driverName, options);
    const context = this.#context;
    const layer = newLayer(id, parent, options);
    return createLayer(context, layer, (below, built) => buildFilled(context, below, built, diff));
  }

  async remove(id: LayerId): Promise<void> {
    await removeLayer(this.#context, layerId(id));
  }

  async get(id: LayerId, mountLabel = ''): Promise<Path> {
    const context = this.#context;
    layerId(id);
    return context.lock.run(() => holdLayer(context, this.#known(id, 'get'), mountLabel));
  }

  async put(id: LayerId): Promise<void> {
    const context = this.#context;
    layerId(id);
    await context.lock.run(() => {
      releaseLayer(context, this.#known(id, 'put'));
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
    const { upper, work, merged } = layers.paths(this.#known(id, 'inspect'));
    const form = layers.formOf(id);
    if (form.kind === 'root') return Promise.resolve({ RootDir: textFromPath(form.root) });
    return Promise.resolve({
      LowerDir: textFromPath(layers.paths(form.lower).root),
      UpperDir: textFromPath(upper),
      WorkDir: textFromPath(work),
      MergedDir: textFromPath(merged),
    });
  }

  async status(): Promise<readonly (readonly [key: string, value: string])[]> {
    const { backingFilesystem } = this.#context.kernel;
    return Promise.resolve([
      ['Backing Filesystem', backingFilesystem],
      // A filesystem without it is refused when the driver is opened.
      ['Supports d_type', 'true'],
    ]);
  }

  async cleanup(): Promise<void> {
    await cleanUp(this.#context);
  }

  async diff(id: LayerId, parent: ParentId): Promise<ByteStream> {
    return Promise.resolve(this.#naive.diff(this.#known(id, 'diff'), this.#knownParent(parent, 'diff')));
  }

  async changes(id: LayerId, parent: ParentId): Promise<readonly Change[]> {
    return this.#naive.changes(this.#known(id, 'list changes'), this.#knownParent(parent, 'list changes'));
  }

  async applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number> {
    const context = this.#context;
    this.#known(id, 'apply a diff');
    this.#knownParent(parent, 'apply a diff');
    return applyDiffOrFallBack(applyDiff.bind(undefined, context), this.#naive, id, parent, diff);
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

function newLayer(id: LayerId, parent: ParentId, { mountLabel = '' }: CreateOptions): NewLayer {
  return { id: layerId(id), parent: parentId(parent), mountLabel };
}
