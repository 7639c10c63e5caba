import { isDirectory, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { DamagedLayerError, LayerExistsError, UnknownLayerError } from '../layer-errors.ts';
import { InvalidLayerIdError, isLayerId, layerId, type LayerId, type ParentId } from '../layer-id.ts';
import { longestId, removingSuffix, type Layout } from './layout.ts';

/** What a home says of its layers. */
export class Layers {
  readonly layout: Layout;
  readonly #host: Host;

  constructor(host: Host, layout: Layout) {
    this.#host = host;
    this.layout = layout;
  }

  exists(id: LayerId): boolean {
    const found = this.#host.fs.lstatIfExists(this.layout.record(id));
    return found !== undefined && !isDirectory(found.mode);
  }

  /** @throws UnknownLayerError */
  mustExist(id: LayerId, operation: string): void {
    if (!this.exists(id)) throw new UnknownLayerError(id, operation);
  }

  /** All layers, sorted by the bytes of their ids. */
  list(): readonly LayerId[] {
    const names = this.#host.fs.readdir(this.layout.records).map(({ name }) => name);
    return names
      .filter(isLayerId)
      .filter((id) => this.exists(id))
      .sort();
  }

  /**
   * The layers below a layer, nearest first.
   * @throws UnknownLayerError; DamagedLayerError where its file names what can be no layer
   */
  ancestorsOf(id: LayerId): readonly LayerId[] {
    const record = readFileIfExists(this.#host.fs, this.layout.record(id));
    if (record === undefined) throw new UnknownLayerError(id, 'read parents');
    const lines = record.split('\n').filter((line) => line !== '');
    const unfit = lines.find((line) => !isLayerId(line));
    if (unfit !== undefined) throw new DamagedLayerError(id, `it names ${JSON.stringify(unfit)} as a layer below it`);
    return lines.map(layerId);
  }

  parentOf(id: LayerId): ParentId {
    return this.ancestorsOf(id)[0] ?? '';
  }

  /** The layers below a child of `parent`, nearest first. @throws UnknownLayerError */
  belowChildOf(parent: ParentId): readonly LayerId[] {
    if (parent === '') return [];
    return [parent, ...this.ancestorsOf(parent)];
  }

  diffsOf(ids: readonly LayerId[]): readonly Path[] {
    return ids.map((id) => this.layout.diff(id));
  }

  /** Refuses an id that is taken, or that would be taken for something else. @throws LayerExistsError, InvalidLayerIdError */
  mustBeFree(id: LayerId): void {
    if (id.endsWith(removingSuffix)) {
      throw new InvalidLayerIdError(id, `it ends with ${removingSuffix}, as what is being deleted does`);
    }
    if (id.length > longestId) {
      throw new InvalidLayerIdError(
        id,
        `it has over ${longestId} bytes, with which its directory could not be deleted`,
      );
    }
    if (id.includes('='))
      throw new InvalidLayerIdError(id, 'it has an equals sign, which aufs cannot have in a branch');
    if (this.exists(id)) throw new LayerExistsError(id);
  }
}
