import { join, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { LayerDirectories } from '../layer-directories.ts';
import { DamagedLayerError } from '../layer-errors.ts';
import { isLayerId, type LayerId, type ParentId } from '../layer-id.ts';

/**
 * What vfs keeps on disk, as Docker does (graph-drivers.md 1.4):
 *
 *     <home>/               0710, group of the remapped root
 *       dir/                0710
 *         <id>/             the layer's whole tree, 0755 where nothing else describes its root
 *         .staging-*, .removing-*   what is built or deleted aside; this driver's own, gone when that is done
 *       parents/            0700, this driver's own
 *         <id>              0600, the parent the layer was created with; only with a parent
 */
export class Layers extends LayerDirectories {
  readonly home: Path;
  readonly #host: Host;

  constructor(host: Host, home: Path) {
    super(host, join(home, 'dir'));
    this.#host = host;
    this.home = home;
  }

  get parents(): Path {
    return join(this.home, 'parents');
  }

  /** The file that names a layer's parent. */
  parentNote(id: LayerId): Path {
    return join(this.parents, id);
  }

  /** The parent the layer was created with; `''` also for a layer of dockerd's, which keeps that elsewhere. */
  parentOf(id: LayerId): ParentId {
    const parent = readFileIfExists(this.#host.fs, this.parentNote(id)) ?? '';
    if (parent !== '' && !isLayerId(parent)) {
      throw new DamagedLayerError(id, `'${this.parentNote(id)}' does not name a layer`);
    }
    return parent;
  }

  /** Notes of parents whose layers are not there: what a crash, or dockerd removing a layer, leaves. */
  orphanedParentNotes(): readonly Path[] {
    const names = this.#host.fs.readdir(this.parents).map(({ name }) => name);
    return names.filter((name) => !isLayerId(name) || !this.exists(name)).map((name) => join(this.parents, name));
  }
}

export const homeMode = 0o710;
export const layerMode = 0o755;
export const parentsMode = 0o700;
export const parentNoteMode = 0o600;
