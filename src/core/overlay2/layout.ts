import { basename, join, type Path, type System } from '../../host/index.ts';
import { randomName } from '../files/random-name.ts';
import type { LayerId } from '../layer-id.ts';

/**
 * What overlay2 keeps on disk, as Docker does (seed overlay2):
 *
 *     <home>/               0710, group of the remapped root
 *       l/                  0700
 *         <link>            symlink to ../<id>/diff: a short name for a layer, so that 128 of them fit one page
 *       <id>/               0710
 *         diff/             0755, the layer's own files
 *         link              0644, the layer's link, 26 characters, no newline
 *         lower             0644, `l/<link>` of all layers below, the nearest first, joined by `:`; only with a parent
 *         work/             0700, only with a parent
 *         merged/           0700, while mounted
 *         committed         0600, empty; there once a child was made, and then the layer is mounted read-only
 *         holders           0600, while several hold the layer, or somebody a base layer; this driver's own, void after a reboot
 *       .staging-*, .removing-*, .trial-*   what is built, deleted or tried aside; this driver's own, gone when that is done
 *       .commits-.staging-*                 0600, the parent that this creation marks as committed; there for that time
 */
export const homeMode = 0o710;
export const linkDirectoryMode = 0o700;
export const layerMode = 0o710;
export const diffMode = 0o755;
export const workMode = 0o700;
export const mergedMode = 0o700;
export const metadataMode = 0o644;
export const privateMode = 0o600;

export const linkDirectory = 'l';

/** The most layers that may lie below one. */
export const maxLowers = 128;

/** What notes of commits begin with; the rest is the staging directory of the layer. */
export const commitNotePrefix = '.commits-';

declare const linkBrand: unique symbol;

/** The short name of a layer: 26 characters A–Z and 2–7. */
export type LinkId = string & { readonly [linkBrand]: true };

/** A new link, as Docker makes them: 26 characters of base 32. */
export function newLink(system: System): LinkId {
  return randomName(system) as LinkId;
}

/** Where a layer's files are. `directory` is `<home>/<id>`, or the place where it is built; it never ends with a slash. */
export class LayerPaths {
  readonly directory: Path;

  constructor(directory: Path) {
    this.directory = directory;
  }

  get diff(): Path {
    return `${this.directory}/diff` as Path;
  }

  get work(): Path {
    return `${this.directory}/work` as Path;
  }

  get merged(): Path {
    return `${this.directory}/merged` as Path;
  }

  get link(): Path {
    return `${this.directory}/link` as Path;
  }

  get lower(): Path {
    return `${this.directory}/lower` as Path;
  }

  get committed(): Path {
    return `${this.directory}/committed` as Path;
  }

  get holders(): Path {
    return `${this.directory}/holders` as Path;
  }
}

/** The paths of one home. */
export class Layout {
  readonly home: Path;

  constructor(home: Path) {
    this.home = home;
  }

  get links(): Path {
    return join(this.home, linkDirectory);
  }

  link(link: string): Path {
    return join(this.home, linkDirectory, link);
  }

  layer(id: LayerId): LayerPaths {
    return new LayerPaths(join(this.home, id));
  }

  /** What notes, while the layer in a staging directory gets its name, that this marks the parent. */
  commitNote(staging: Path): Path {
    return join(this.home, commitNotePrefix + basename(staging));
  }
}

/** What the symlink `l/<link>` of a layer holds. */
export function linkTarget(id: LayerId): Path {
  return `../${id}/diff` as Path;
}

const linkTargetShape = /^\.\.\/([^/]+)\/diff$/;

/** The layer that a symlink's content names, or `undefined` where it is no layer's. */
export function linkedLayer(target: string): string | undefined {
  return linkTargetShape.exec(target)?.[1];
}
