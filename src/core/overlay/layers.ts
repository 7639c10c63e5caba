import { isDirectory, join, type Host, type Path } from '../../host/index.ts';
import { readFileIfExists } from '../files/read-file.ts';
import { LayerDirectories } from '../layer-directories.ts';
import { DamagedLayerError } from '../layer-errors.ts';
import { isLayerId, type LayerId, type ParentId } from '../layer-id.ts';

/**
 * What overlay keeps on disk, as Docker does (seed overlay.go, graph-drivers.md 1.1):
 *
 *     <home>/               0710, group of the remapped root
 *       <id>/               0710
 *         root/             a whole tree, of base layers and of those filled by an archive; its regular files are hard links
 *                           to the parent's where the layer did not change them
 *                           or, of all others, the layer's changes over the `root` of one layer below:
 *         upper/            with the attributes of the root below
 *         work/             0700
 *         merged/           0700, while mounted
 *         lower-id          0600, the id of the layer below, no newline
 *                           and this driver's own:
 *         parent            0600, the parent the layer was created with, which neither of the two forms tells
 *         holders           0600, while several hold the layer, or somebody one with a `root`; void after a reboot
 *         tmproot-*         a `root` in the making
 *       .staging-*, .removing-*   what is built or deleted aside, gone when that is done
 *
 * A layer that has both forms has its `root` only just got; then `root` counts.
 */
export const homeMode = 0o710;
export const layerMode = 0o710;
export const rootMode = 0o755;
export const workMode = 0o700;
export const mergedMode = 0o700;
export const fileMode = 0o600;

/** What the name of a `root` in the making begins with; dockerd's are `tmproot` and digits. */
export const newRootPrefix = 'tmproot-';

/** Where the parts of a layer are. `directory` is `<home>/<id>`, or the place where it is built. */
export class LayerPaths {
  readonly directory: Path;

  constructor(directory: Path) {
    this.directory = directory;
  }

  get root(): Path {
    return join(this.directory, 'root');
  }

  get upper(): Path {
    return join(this.directory, 'upper');
  }

  get work(): Path {
    return join(this.directory, 'work');
  }

  get merged(): Path {
    return join(this.directory, 'merged');
  }

  get lowerId(): Path {
    return join(this.directory, 'lower-id');
  }

  get parent(): Path {
    return join(this.directory, 'parent');
  }

  get holders(): Path {
    return join(this.directory, 'holders');
  }
}

/** How a layer's view comes about: it is a tree of its own, or changes over the tree of another layer. */
export type Form =
  | { readonly kind: 'root'; readonly root: Path }
  | { readonly kind: 'upper'; readonly upper: Path; readonly lower: LayerId };

/** Reads what the layers' directories say. */
export class Layers extends LayerDirectories {
  readonly #host: Host;

  constructor(host: Host, home: Path) {
    super(host, home);
    this.#host = host;
  }

  get home(): Path {
    return this.parent;
  }

  paths(id: LayerId): LayerPaths {
    return new LayerPaths(this.path(id));
  }

  /** @throws UnknownLayerError, DamagedLayerError where the layer has no form */
  formOf(id: LayerId): Form {
    this.mustExist(id, 'read layer');
    const { root, upper } = this.paths(id);
    if (this.#isDirectory(root)) return { kind: 'root', root };
    const lower = this.lowerOf(id);
    if (lower === '') throw new DamagedLayerError(id, "it has neither 'root' nor 'lower-id'");
    return { kind: 'upper', upper, lower };
  }

  /** The layer that `lower-id` names, '' where there is no such file. @throws DamagedLayerError */
  lowerOf(id: LayerId): ParentId {
    return this.#readId(id, this.paths(id).lowerId) ?? '';
  }

  /** The parent the layer was created with; of one of dockerd's, what `lower-id` tells of it. */
  parentOf(id: LayerId): ParentId {
    return this.#readId(id, this.paths(id).parent) ?? this.lowerOf(id);
  }

  #readId(id: LayerId, path: Path): LayerId | undefined {
    const text = readFileIfExists(this.#host.fs, path);
    if (text === undefined) return undefined;
    if (!isLayerId(text)) throw new DamagedLayerError(id, `'${path}' does not name a layer`);
    return text;
  }

  #isDirectory(path: Path): boolean {
    const found = this.#host.fs.lstatIfExists(path);
    return found !== undefined && isDirectory(found.mode);
  }
}
