import type { Path } from '../../host/index.ts';

/** What happened to a path: added, changed or deleted, with the letters of `docker diff`. */
export type ChangeKind = 'A' | 'C' | 'D';

/** One change of a layer against its parent. The path is absolute within the layer, `/etc/passwd`. */
export interface Change {
  readonly kind: ChangeKind;
  readonly path: Path;
}
