import { isSystemError } from '../../host/index.ts';
import { ArchiveError, Malformed } from '../archive/errors.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { ByteStream, Driver } from '../driver.ts';
import { layerId, type LayerId, type ParentId } from '../layer-id.ts';
import { hexOf, type Digest } from './digest.ts';
import { ImageError } from './error.ts';
import type { Image, ImageLayer } from './image.ts';
import { LayerArchive } from './layer-archive.ts';
import type { LayerRecords } from './layer-records.ts';
import { recorded, SplitRecorder } from './tar-split/recorder.ts';

/** How far a load is. */
export interface LoadProgress {
  /** Of the layer at work, from 1. */
  readonly layer: number;
  readonly layers: number;
  /** Bytes of the image's files, read or found to be needed no more. */
  readonly done: number;
  readonly total: number;
}

export interface LoadOptions {
  /** Takes news, often. */
  readonly progress?: ((progress: LoadProgress) => void) | undefined;
  /** Where headers and padding of the archives are kept, so that they can be written out again bit for bit. */
  readonly records?: LayerRecords | undefined;
  /** What the layers' archives may ask; the driver is opened with the same. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  /** Stops the load; what it has made is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** A layer of an image in the store. */
export interface LoadedLayer {
  readonly id: LayerId;
  readonly parent: ParentId;
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Bytes, as applyDiff answers. */
  readonly size: number;
}

/** What a load answers. */
export interface LoadedImage {
  /** The image's name, or the digest of its config. */
  readonly image: string;
  /** The topmost layer; '' where the image has none. */
  readonly top: ParentId;
  /** Base first. */
  readonly layers: readonly LoadedLayer[];
}

/** The id that a load gives to a layer: the hexadecimal digits of its chainID. */
export function idOf({ chainId }: ImageLayer): LayerId {
  return layerId(hexOf(chainId));
}

/**
 * Puts the layers of an image into the driver's store, one layer each. A layer that is there already is taken as it is,
 * without reading its archive: its id is the digest of all that it and the layers below were made of. If anything fails, the
 * layers that this load has made are removed, so that the store is as before.
 * @throws ImageError for a bad image, SystemError and the driver's errors
 */
export async function loadImage(driver: Driver, image: Image, options: LoadOptions = {}): Promise<LoadedImage> {
  const load = new Load(driver, image, options);
  try {
    return await load.run();
  } catch (error) {
    await undo(load, error);
    throw error;
  }
}

async function undo(load: Load, cause: unknown): Promise<void> {
  try {
    await load.undo();
  } catch (error) {
    throw new Error(`${textOf(cause)}; and what was loaded could not be removed: ${textOf(error)}`, { cause });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Load {
  readonly #driver: Driver;
  readonly #image: Image;
  readonly #options: LoadOptions;
  readonly #created: LayerId[] = [];
  readonly #total: number;
  #done = 0;

  constructor(driver: Driver, image: Image, options: LoadOptions) {
    this.#driver = driver;
    this.#image = image;
    this.#options = options;
    this.#total = image.layers.reduce((sum, { stored }) => sum + stored.size, 0);
  }

  async run(): Promise<LoadedImage> {
    const loaded: LoadedLayer[] = [];
    for (const layer of this.#image.layers) {
      loaded.push(await this.#loadLayer(layer, loaded));
      this.#options.signal?.throwIfAborted();
    }
    return { image: this.#image.name, top: loaded.at(-1)?.id ?? '', layers: loaded };
  }

  async #loadLayer(layer: ImageLayer, below: readonly LoadedLayer[]): Promise<LoadedLayer> {
    const { diffId, chainId } = layer;
    const id = idOf(layer);
    const parent = below.at(-1)?.id ?? '';
    const number = below.length + 1;
    this.#report(number, 0);
    const existing = await this.#existing(id, parent, layer, number);
    const size = existing ?? (await this.#create(id, below.at(-1), layer, number));
    return { id, parent, diffId, chainId, size };
  }

  /** The size of a layer that is there, `undefined` where it is not. */
  async #existing(id: LayerId, parent: ParentId, layer: ImageLayer, number: number): Promise<number | undefined> {
    this.#options.signal?.throwIfAborted();
    if (!(await this.#driver.exists(id))) return undefined;
    const actual = await this.#driver.parentOf(id);
    if (actual !== parent) {
      const has = actual === '' ? 'no parent' : `the parent ${actual}`;
      throw new ImageError(`the store has a layer ${id} with ${has} instead of ${parent || 'none'}; remove it first`);
    }
    this.#report(number, layer.stored.size);
    return this.#driver.diffSize(id, parent);
  }

  async #create(id: LayerId, below: LoadedLayer | undefined, layer: ImageLayer, number: number): Promise<number> {
    const parent = below?.id ?? '';
    const { records, limits } = this.#options;
    const bytesRead = (count: number): void => {
      this.#options.signal?.throwIfAborted();
      this.#report(number, count);
    };
    const archive = new LayerArchive(this.#image.files, layer, bytesRead, limits);
    try {
      if (records === undefined) return await this.#unpack(id, parent, archive, archive);
      return await records.recording(async (record) => {
        const recorder = new SplitRecorder(record, limits);
        const size = await this.#unpack(id, parent, archive, recorded(archive, recorder));
        const { chainId, diffId } = layer;
        await record.put({ id, chainId, diffId, parent: below?.chainId, size, split: recorder.finish() });
        return size;
      });
    } catch (error) {
      // Of an image's many archives it says only a place in one.
      if (error instanceof ArchiveError || error instanceof Malformed)
        throw new ImageError(`${layer.stored.file}: ${error.message}`, { cause: error });
      if (!isSystemError(error, 'EEXIST')) throw error;
      // Another process loaded the same layer meanwhile.
      const size = await this.#existing(id, parent, layer, number);
      if (size === undefined) throw error;
      return size;
    }
  }

  /** Makes the layer of what `diff` gives, which reads the archive. */
  async #unpack(id: LayerId, parent: ParentId, archive: LayerArchive, diff: ByteStream): Promise<number> {
    const size = await this.#driver.createFromDiff(id, parent, diff);
    this.#created.push(id);
    if (!archive.isVerified) throw new Error(`the driver ${this.#driver.toString()} did not read ${id} to its end`);
    return size;
  }

  #report(layer: number, count: number): void {
    this.#done = Math.min(this.#done + count, this.#total);
    const { progress } = this.#options;
    progress?.({ layer, layers: this.#image.layers.length, done: this.#done, total: this.#total });
  }

  /** Removes what this load has made, top first; a layer on which another process has built meanwhile stays. */
  async undo(): Promise<void> {
    if (this.#created.length === 0) return;
    const used = await this.#parentsOfOthers();
    for (const id of this.#created.toReversed()) {
      if (used.has(id)) return;
      await this.#driver.remove(id);
      await this.#options.records?.remove(id);
    }
  }

  async #parentsOfOthers(): Promise<ReadonlySet<ParentId>> {
    const own = new Set<ParentId>(this.#created);
    const parents = new Set<ParentId>();
    for (const id of await this.#driver.list()) if (!own.has(id)) parents.add(await this.#driver.parentOf(id));
    return parents;
  }
}
