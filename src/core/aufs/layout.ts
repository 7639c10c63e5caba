import { join, NAME_MAX, type Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';

/*
 * What is on disk: `mnt/ID` to mount on, `diff/ID` with the layer's own content, and `layers/ID`, a file with the ids of the
 * layers below, one a line and nearest first. A layer is there when its file is. Beside them this driver keeps `held`, with the
 * counts of those who hold a layer, and `unfinished`: files named as layers of which only directories are left.
 */

export const homeMode = 0o710;
export const layerMode = 0o755;
export const recordMode = 0o644;
export const privateMode = 0o700;
export const noteMode = 0o600;

/** What a directory's name ends with while it is deleted. No layer's id may. */
export const removingSuffix = '-removing';

/** Bytes of an id: a removal may need a dot and a random name of 26 characters besides the suffix. */
export const longestId = NAME_MAX - removingSuffix.length - 27;

/** aufs takes 127 branches, of which one is the layer's own (AUFS_BRANCH_MAX_127). */
export const maxBelow = 126;

/** The paths of a home. */
export class Layout {
  readonly home: Path;
  readonly mounts: Path;
  readonly diffs: Path;
  readonly records: Path;
  readonly holders: Path;
  readonly unfinished: Path;

  constructor(home: Path) {
    this.home = home;
    this.mounts = join(home, 'mnt');
    this.diffs = join(home, 'diff');
    this.records = join(home, 'layers');
    this.holders = join(home, 'held');
    this.unfinished = join(home, 'unfinished');
  }

  mount(id: LayerId): Path {
    return join(this.mounts, id);
  }

  diff(id: LayerId): Path {
    return join(this.diffs, id);
  }

  record(id: LayerId): Path {
    return join(this.records, id);
  }

  holdersOf(id: LayerId): Path {
    return join(this.holders, id);
  }

  note(id: LayerId): Path {
    return join(this.unfinished, id);
  }
}
