import type { Dentry } from '../vfs/dentry.ts';
import type { Mount, VfsPath } from '../vfs/mount.ts';
import type { Superblock } from '../vfs/superblock.ts';

/** One filesystem that layers lie on (struct ovl_sb). Number 0 is the upper's, also where there is no upper. */
export interface LayerFilesystem {
  /** `undefined` for number 0 of a mount without upper, and for the "filesystem" of data-only layers. */
  readonly sb: Superblock | undefined;
  /** st_dev of its non-directories where inode numbers cannot be made unique (R107). */
  readonly pseudoDev: number;
  /** The UUID is null or that of another lower filesystem, so that handles are not decoded there. */
  badUuid: boolean;
  /** A lower layer lies on it. */
  isLower: boolean;
}

/** One layer (struct ovl_layer): number 0 is the upper, 1 the topmost lower. */
export interface Layer {
  /** A mount of our own, without what is mounted inside (R60). */
  readonly mount: Mount;
  readonly index: number;
  /** The number of its filesystem. */
  readonly fsid: number;
  readonly filesystem: LayerFilesystem;
  /** As given, for mountinfo. */
  readonly name: string;
  /** A directory of it is marked opaque=x (R84). */
  hasXwhiteouts: boolean;
}

/** An object in a layer (struct ovl_path). */
export class LayerPath implements VfsPath {
  readonly layer: Layer;
  readonly dentry: Dentry;

  constructor(layer: Layer, dentry: Dentry) {
    this.layer = layer;
    this.dentry = dentry;
  }

  get mount(): Mount {
    return this.layer.mount;
  }
}
