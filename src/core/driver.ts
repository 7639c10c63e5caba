import type { Host, Path } from '../host/index.ts';
import type { ArchiveLimits } from './archive/limits.ts';
import type { Change } from './changes/change.ts';
import type { IdMaps } from './id-map.ts';
import type { LayerId, ParentId } from './layer-id.ts';
import type { Quirk } from './quirks.ts';

/**
 * A stream of bytes; whoever stops reading early calls `return`, which lets go of what is behind it. A chunk is good until the
 * next one is asked for, because its memory may be filled again: fresh memory for each would cost more than all else that is
 * done with the bytes. Who keeps a chunk longer copies it, or reads `keepable(stream)`.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** What a layer may be created with. */
export interface CreateOptions {
  /** SELinux label that the layer's mount will carry; `''` or nothing is none. */
  readonly mountLabel?: string;
  /** Storage options by key, for instance `size`. A driver refuses those it does not know. */
  readonly storageOptions?: Readonly<Record<string, string>>;
}

/**
 * The least a driver does (seed driver.go). Ids are admitted by `layerId`; every method refuses others with
 * InvalidLayerIdError and an unknown layer with ENOENT, before anything changes.
 */
export interface ProtoDriver {
  /** The driver's name (seed: String). */
  toString(): string;
  /** Creates a new, empty layer with the id and the parent. An existing layer is EEXIST. */
  create(id: LayerId, parent: ParentId, options?: CreateOptions): Promise<void>;
  /** Creates a layer to be written to, as a container's file system. */
  createReadWrite(id: LayerId, parent: ParentId, options?: CreateOptions): Promise<void>;
  /** Removes the layer. A layer that is mounted is EBUSY; one that is a parent stays usable for nobody, as with Docker. */
  remove(id: LayerId): Promise<void>;
  /** Mounts the layer, counts one holder more, and answers where its whole view is. */
  get(id: LayerId, mountLabel?: string): Promise<Path>;
  /** Counts one holder less; the last one unmounts. */
  put(id: LayerId): Promise<void>;
  exists(id: LayerId): Promise<boolean>;
  /** Diagnostic key-value pairs, in Docker's order and words. */
  status(): Promise<readonly (readonly [key: string, value: string])[]>;
  /** Where the layer's data are: `LowerDir`, `UpperDir`, `WorkDir`, `MergedDir` and the like. */
  getMetadata(id: LayerId): Promise<Readonly<Record<string, string>>>;
  /** Unmounts all that this driver has mounted, at shutdown. */
  cleanup(): Promise<void>;
  /** All layers, sorted. */
  list(): Promise<readonly LayerId[]>;
}

/** A driver with the layer's content as archives (seed driver.go: Driver). */
export interface Driver extends ProtoDriver {
  /** A tar of the layer's changes against its parent; `''` is the whole tree. */
  diff(id: LayerId, parent: ParentId): Promise<ByteStream>;
  /** The changes between a layer and its parent, sorted by path; against `''` everything is added. */
  changes(id: LayerId, parent: ParentId): Promise<readonly Change[]>;
  /** Unpacks a layer archive (an uncompressed tar) into the layer; answers the new size in bytes. */
  applyDiff(id: LayerId, parent: ParentId, diff: ByteStream): Promise<number>;
  /**
   * Creates a read-only layer out of an archive as one step: afterwards the layer is there with all of it, or not at
   * all. Answers the size that applyDiff would.
   */
  createFromDiff(id: LayerId, parent: ParentId, diff: ByteStream, options?: CreateOptions): Promise<number>;
  /** The size in bytes of the changes against the parent. */
  diffSize(id: LayerId, parent: ParentId): Promise<number>;
  /** The parent the layer was created with, where the driver can tell it from disk. */
  parentOf(id: LayerId): Promise<ParentId>;
}

/** When a driver makes sure that a layer's bytes are on the disk: never, or before the layer is there (syncfs). */
export type Durability = 'none' | 'layer';

/** What a driver is opened with (seed: Init's arguments, as one object). */
export interface DriverInit {
  readonly host: Host;
  /** The driver's own directory, `<root>/<name>`. Absolute. */
  readonly home: Path;
  /** Storage options, `key=value` each (dockerd's --storage-opt). */
  readonly options: readonly string[];
  readonly durability: Durability;
  /** What ids of containers are on disk (seed: uidMaps, gidMaps); without it all ids are themselves. */
  readonly idMaps?: IdMaps | undefined;
  /** What the archives of layers may ask; the rest are the defaults. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  /** Historic faults to reproduce; none unless given. */
  readonly quirks?: ReadonlySet<Quirk>;
  /** Takes warnings, one line each. */
  readonly warn: (message: string) => void;
}

/** Opens a driver; see Registry for how one is chosen. */
export type InitFunc = (init: DriverInit) => Promise<Driver>;
