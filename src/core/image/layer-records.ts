import { dirname, isSystemError, join, O_RDONLY, type Host, type Path } from '../../host/index.ts';
import type { ByteStream, Durability } from '../driver.ts';
import { buildAside } from '../files/build-aside.ts';
import { ensureDirectory } from '../files/directory.ts';
import { writeNewFile } from '../files/new-file.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { removeTree } from '../files/remove-tree.ts';
import { Staging } from '../files/staging.ts';
import type { LayerId } from '../layer-id.ts';
import { hexOf, isDigest, type Digest } from './digest.ts';

/** What is known of the archive that a layer was made of. */
export interface LayerRecord {
  readonly diffId: Digest;
  /** The archive's `tar-split.json.gz`. */
  readonly split: () => ByteStream;
}

/** A layer that was made of an archive. */
export interface RecordedLayer {
  readonly id: LayerId;
  readonly chainId: Digest;
  readonly diffId: Digest;
  /** Of the layer below; `undefined` of a base layer. */
  readonly parent: Digest | undefined;
  /** Bytes, as the driver answered. */
  readonly size: number;
  /** `tar-split.json.gz`. */
  readonly split: Buffer;
}

const directoryMode = 0o700;
const fileMode = 0o644;
const readSize = 1 << 16;

/**
 * What is known of the archives of layers, in a directory of its own with the form of dockerd's:
 *
 *     <root>/graphdriver/<driver>/sha256/<chainID>/
 *       cache-id            the driver's id of the layer
 *       diff, parent, size  diffID, chainID of the layer below (not of a base layer), bytes
 *       tar-split.json.gz   headers and padding of the archive
 *
 * dockerd's own, in `<root>/image/<driver>/layerdb/sha256`, are read as well and never changed: a record there is a layer of
 * dockerd's, which it would find with nobody to use it, or miss. Directories without records are removed.
 */
export class LayerRecords {
  readonly #host: Host;
  readonly #root: Path;
  readonly #directory: Path;
  readonly #dockers: Path;
  readonly #durability: Durability;
  readonly #warn: (message: string) => void;

  constructor(host: Host, root: Path, driver: string, durability: Durability, warn: (message: string) => void) {
    this.#host = host;
    this.#root = root;
    this.#directory = join(root, 'graphdriver', driver, 'sha256');
    this.#dockers = join(root, 'image', driver, 'layerdb', 'sha256');
    this.#durability = durability;
    this.#warn = warn;
  }

  /** Records a layer in one step, in the place of what was recorded under its chainID. */
  async write(layer: RecordedLayer): Promise<void> {
    const host = this.#host;
    const { uid, gid } = host.system.credentials();
    try {
      ensureDirectory(host.fs, this.#directory, directoryMode, { uid, gid });
      for (const left of Staging.takeOver(host, this.#directory)) await left.remove();
      await this.#put(layer);
    } catch (error) {
      this.#removeEmpty();
      throw error;
    }
  }

  async #put({ id, chainId, diffId, parent, size, split }: RecordedLayer): Promise<void> {
    const host = this.#host;
    const path = join(this.#directory, hexOf(chainId));
    await removeTree(host, path);
    await buildAside({ host, parent: this.#directory, warn: this.#warn }, (staging) => {
      const put = (name: string, content: string): void => {
        writeNewFile(host, join(staging, name), content, fileMode, this.#durability);
      };
      put('cache-id', id);
      put('diff', diffId);
      if (parent !== undefined) put('parent', parent);
      put('size', String(size));
      put('tar-split.json.gz', split.toString('latin1'));
      host.fs.rename(staging, path);
      return Promise.resolve();
    });
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

  /** Forgets what the layer was made of: it is removed, or changed. */
  async remove(id: LayerId): Promise<void> {
    const path = this.#pathOf(this.#directory, id);
    if (path !== undefined) await removeTree(this.#host, path);
    this.#removeEmpty();
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
    if (this.#host.fs.lstatIfExists(directory) === undefined) return undefined;
    const all = this.#host.fs.readdir(directory).map(({ name }) => join(directory, name));
    return all.find(isOf);
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
