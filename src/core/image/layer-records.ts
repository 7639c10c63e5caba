import { dirname, isSystemError, join, O_RDONLY, type Host, type Path } from '../../host/index.ts';
import type { ByteStream, Durability } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import { ensureDirectory } from '../files/directory.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { removeTree } from '../files/remove-tree.ts';
import { Staging } from '../files/staging.ts';
import { isLayerId, type LayerId, type ParentId } from '../layer-id.ts';
import { hexOf, isDigest, type Digest } from './digest.ts';
import { NewRecord } from './new-record.ts';

/** What is known of the archive that a layer was made of. */
export interface LayerRecord {
  readonly diffId: Digest;
  /** The archive's `tar-split.json.gz`. */
  readonly split: () => ByteStream;
}

/** A record as it lies there, complete or not. */
export interface StoredRecord {
  readonly path: Path;
  /** Whose: this project's own, which may be removed, or dockerd's. */
  readonly owner: 'own' | 'dockerd';
  /** The driver's id of the layer; `undefined` where the record names none. */
  readonly id: LayerId | undefined;
  readonly isComplete: boolean;
}

const directoryMode = 0o700;
const readSize = 1 << 16;

/**
 * What is known of the archives of layers, in a directory of its own with the form of dockerd's:
 *
 *     <root>/graphdriver/<driver>/sha256/<chainID>/
 *       cache-id            the driver's id of the layer
 *       diff, parent, size  diffID, chainID of the layer below (not of a base layer), bytes
 *       tar-split.json.gz   headers and padding of the archive, where it can be made again of them
 *
 * dockerd's own, in `<root>/image/<driver>/layerdb/sha256`, are read as well and never changed: a record there is a layer of
 * dockerd's, which it would find with nobody to use it, or miss. Directories without records are removed.
 */
export class LayerRecords {
  readonly #host: Host;
  readonly #root: Path;
  readonly #directory: Path;
  readonly #dockers: Path;
  readonly #containers: Path;
  readonly #durability: Durability;
  readonly #warn: (message: string) => void;

  constructor(host: Host, root: Path, driver: string, durability: Durability, warn: (message: string) => void) {
    this.#host = host;
    this.#root = root;
    this.#directory = join(root, 'graphdriver', driver, 'sha256');
    this.#dockers = join(root, 'image', driver, 'layerdb', 'sha256');
    this.#containers = join(root, 'image', driver, 'layerdb', 'mounts');
    this.#durability = durability;
    this.#warn = warn;
  }

  /**
   * Runs `build` with a new record, into which it writes what it reads of a layer's archive and which it puts into its place when the
   * layer is there. Where it fails, nothing is recorded.
   */
  async recording<T>(build: (record: NewRecord) => Promise<T>): Promise<T> {
    const host = this.#host;
    const { uid, gid } = host.system.credentials();
    try {
      ensureDirectory(host.fs, this.#directory, directoryMode, { uid, gid });
      for (const left of Staging.takeOver(host, this.#directory)) await left.remove();
      return await buildAside({ host, parent: this.#directory, warn: this.#warn }, async (staging) => {
        const record = new NewRecord(host, staging, this.#durability);
        try {
          return await build(record);
        } finally {
          record.close();
        }
      });
    } catch (error) {
      this.#removeEmpty();
      throw error;
    }
  }

  /** What was recorded of a layer, if anything was. */
  find(id: LayerId): LayerRecord | undefined {
    const path = this.#pathOf(this.#directory, id) ?? this.#pathOf(this.#dockers, id);
    if (path === undefined) return undefined;
    const diffId = readFileIfExists(this.#host.fs, join(path, 'diff')) ?? '';
    const split = join(path, 'tar-split.json.gz');
    if (!isDigest(diffId) || this.#host.fs.lstatIfExists(split) === undefined) return undefined;
    return { diffId, split: () => this.#read(split) };
  }

  /** The layer below a layer, `''` for a base layer; `undefined` where nothing was recorded. */
  parentOf(id: LayerId): ParentId | undefined {
    for (const directory of [this.#directory, this.#dockers]) {
      const path = this.#pathOf(directory, id);
      if (path === undefined) continue;
      const parent = this.#text(path, 'parent');
      if (parent === undefined) return '';
      return isDigest(parent) ? this.#idIn(join(directory, hexOf(parent))) : undefined;
    }
    return undefined;
  }

  /** All records, sorted by their paths; none where no directory for them is there. */
  all(): readonly StoredRecord[] {
    const own = this.#in(this.#directory).map((path) => this.#stored(path, 'own'));
    return [...own, ...this.#in(this.#dockers).map((path) => this.#stored(path, 'dockerd'))];
  }

  /** Directories in which a record was written when the process ended. */
  abandoned(): readonly Path[] {
    return this.#isThere(this.#directory) ? Staging.abandoned(this.#host, this.#directory) : [];
  }

  /** Removes what `abandoned` answers. */
  async clear(): Promise<void> {
    if (!this.#isThere(this.#directory)) return;
    for (const left of Staging.takeOver(this.#host, this.#directory)) await left.remove();
    this.#removeEmpty();
  }

  /** Ids that dockerd uses for the layers of containers, each with the file that names it. */
  containerLayers(): readonly { readonly path: Path; readonly id: string }[] {
    return this.#in(this.#containers).flatMap((path) =>
      ['mount-id', 'init-id'].flatMap((name) => {
        const id = this.#text(path, name);
        return id === undefined ? [] : [{ path: join(path, name), id }];
      }),
    );
  }

  /** Whether anything at all is recorded, by whomever. */
  get isKept(): boolean {
    return this.#isThere(this.#directory) || this.#isThere(this.#dockers);
  }

  /** Removes a record of this project's own. */
  async discard({ path }: StoredRecord): Promise<void> {
    await removeTree(this.#host, path);
    this.#removeEmpty();
  }

  /** Forgets what the layer was made of: it is removed, or changed. */
  async remove(id: LayerId): Promise<void> {
    const path = this.#pathOf(this.#directory, id);
    if (path !== undefined) await removeTree(this.#host, path);
    this.#removeEmpty();
  }

  #stored(path: Path, owner: StoredRecord['owner']): StoredRecord {
    const id = this.#idIn(path);
    return { path, owner, id, isComplete: id !== undefined && isDigest(this.#text(path, 'diff') ?? '') };
  }

  #in(directory: Path): readonly Path[] {
    if (!this.#isThere(directory)) return [];
    const names = this.#host.fs.readdir(directory).map(({ name }) => name);
    return names
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => join(directory, name));
  }

  #idIn(path: Path): LayerId | undefined {
    const id = this.#text(path, 'cache-id') ?? '';
    return isLayerId(id) ? id : undefined;
  }

  #text(path: Path, name: string): string | undefined {
    return readFileIfExists(this.#host.fs, join(path, name));
  }

  #isThere(directory: Path): boolean {
    return this.#host.fs.lstatIfExists(directory) !== undefined;
  }

  #removeEmpty(): void {
    for (let path = this.#directory; path !== this.#root; path = dirname(path)) {
      try {
        this.#host.fs.rmdir(path);
      } catch (error) {
        if (isSystemError(error, 'ENOTEMPTY')) return;
        if (!isSystemError(error, 'ENOENT')) throw error;
      }
    }
  }

  /** Ids that a load has given are chainIDs; dockerd's are random. */
  #pathOf(directory: Path, id: LayerId): Path | undefined {
    const isOf = (path: Path): boolean => readFileIfExists(this.#host.fs, join(path, 'cache-id')) === id;
    const likely = join(directory, id);
    if (isOf(likely)) return likely;
    return this.#in(directory).find(isOf);
  }

  async *#read(path: Path): ByteStream & AsyncGenerator<Uint8Array> {
    const { fs } = this.#host;
    const fd = fs.open(path, O_RDONLY);
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(readSize);
        const read = fs.read(fd, buffer);
        if (read === 0) return;
        yield await Promise.resolve(buffer.subarray(0, read));
      }
    } finally {
      fs.close(fd);
    }
  }
}
