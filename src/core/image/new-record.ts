import { dirname, join, O_CREAT, O_EXCL, O_WRONLY, type Fd, type Host, type Path } from '../../host/index.ts';
import type { Durability } from '../driver.ts';
import { writeNewFile } from '../files/new-file.ts';
import { removeTree } from '../files/remove-tree.ts';
import type { LayerId } from '../layer-id.ts';
import { hexOf, type Digest } from './digest.ts';

/** A layer that was made of an archive. */
export interface RecordedLayer {
  readonly id: LayerId;
  readonly chainId: Digest;
  readonly diffId: Digest;
  /** Of the layer below; `undefined` of a base layer. */
  readonly parent: Digest | undefined;
  /** Bytes, as the driver answered. */
  readonly size: number;
  /** Whether the archive can be made again of what was appended. */
  readonly split: 'whole' | 'useless';
}

const fileMode = 0o644;

/** A record while its layer is made, in a directory beside the other records. */
export class NewRecord {
  readonly #host: Host;
  readonly #directory: Path;
  readonly #durability: Durability;
  readonly #split: Path;
  #fd: Fd | undefined;

  constructor(host: Host, directory: Path, durability: Durability) {
    this.#host = host;
    this.#directory = directory;
    this.#durability = durability;
    this.#split = join(directory, 'tar-split.json.gz');
    this.#fd = host.fs.open(this.#split, O_WRONLY | O_CREAT | O_EXCL, fileMode);
  }

  /** Adds bytes to `tar-split.json.gz`, which may be more than memory holds. */
  append(packed: Uint8Array): void {
    if (this.#fd === undefined) throw new Error('the record is in its place already');
    this.#host.fs.writeAll(this.#fd, packed);
  }

  /** Puts the record into its place, in one step, and what was recorded under its chainID out of it. */
  async put({ id, chainId, diffId, parent, size, split }: RecordedLayer): Promise<void> {
    const place = join(dirname(this.#directory), hexOf(chainId));
    await removeTree(this.#host, place);
    if (split === 'whole') this.#seal();
    else this.#host.fs.unlink(this.#split);
    this.#write('cache-id', id);
    this.#write('diff', diffId);
    if (parent !== undefined) this.#write('parent', parent);
    this.#write('size', String(size));
    this.#host.fs.rename(this.#directory, place);
  }

  close(): void {
    if (this.#fd !== undefined) this.#host.fs.close(this.#fd);
    this.#fd = undefined;
  }

  #seal(): void {
    const { fs } = this.#host;
    if (this.#fd === undefined) return;
    fs.fchmod(this.#fd, fileMode);
    if (this.#durability !== 'none') fs.fsync(this.#fd);
  }

  #write(name: string, content: string): void {
    writeNewFile(this.#host, join(this.#directory, name), content, fileMode, this.#durability);
  }
}
