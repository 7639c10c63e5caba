import type { Path } from '../../host/index.ts';
import type { Owner } from '../files/directory.ts';
import type { IdMaps } from '../id-map.ts';
import type { ArchiveLimits } from './limits.ts';
import type { KeptXattrs } from './pack/portable-xattrs.ts';

/** The namespace of overlayfs's private attributes: `trusted.overlay.`, or `user.overlay.` on a mount with `userxattr`. */
export type OverlayXattrs = 'trusted' | 'user';

/** A layer's own directory as overlayfs takes it: whiteouts are devices 0:0, opaque directories carry an attribute. */
export interface OverlayLayer {
  /** The layer's own directory, `…/diff`. */
  readonly diff: Path;
  /**
   * The directories of the layers below, nearest first; `[]` for a base layer. They are only read, and only where a rule
   * needs to know what lies below (shared/spec/layer-rules.md A1, A3, A9, A10, B1, B5, B6). Without them the layer is
   * unpacked as dockerd does it, blind to its parents.
   */
  readonly lowers?: readonly Path[];
  readonly xattrs: OverlayXattrs;
  /**
   * Whose the attributes of the layer's root are where no member of the archive describes it: those of the root below, or its
   * own. Without it they are those of the root below where the layer is empty (B0).
   */
  readonly root?: 'own';
}

/** A full tree: the view of the parent, onto which a layer is unpacked with its whiteouts executed. */
export interface FullTree {
  readonly root: Path;
  /**
   * Whether files of the tree are hard links to the parent's (overlay v1). Then a file is copied before a member of the
   * archive may change its metadata through another name, so that the parent keeps its own (A11).
   */
  readonly files: 'own' | 'shared-with-parent';
}

/** What all ways of unpacking take. */
export interface UnpackOptions {
  /** Takes warnings, one line each; without it they are dropped. */
  readonly warn?: ((message: string) => void) | undefined;
  /** What an archive may ask of us; the rest are the defaults. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  /** What the archive's ids are on disk; without it themselves. An id that has no other there is refused. */
  readonly idMaps?: IdMaps | undefined;
  /**
   * When a whiteout acts: on what was there before the archive, wherever it stands (A1, A4, A5), or on all that is there
   * when it comes, as with Docker. Without it the former.
   */
  readonly whiteouts?: 'order-free' | 'in-order';
  /** What directories that no member describes are in a full tree; without it 0755, of the containers' root (B2) or of an ordinary user. */
  readonly impliedDirectories?: Owner & { readonly mode: number };
}

/** What unpacking answers. */
export interface UnpackedLayer {
  /**
   * Bytes. In overlay form the size of the layer's directory (`directorySize`); over a full tree the sum of the sizes in
   * the headers (graph-drivers.md 2.8).
   */
  readonly size: number;
  /** How many members the archive has. */
  readonly entries: number;
}

/** What all ways of writing take. */
export interface WriteOptions {
  /** Takes warnings, one line each; without it they are dropped. */
  readonly warn?: ((message: string) => void) | undefined;
  /** What the ids on disk are in the archive; without it themselves. An id that has no other there is an error. */
  readonly idMaps?: IdMaps | undefined;
  /** Which extended attributes are written; without it all that another host could read. */
  readonly keeps?: KeptXattrs;
}
