import type { Host } from '../../host/index.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { Durability } from '../driver.ts';
import type { IdMaps } from '../id-map.ts';
import type { DirectoryLock } from '../files/directory-lock.ts';
import type { Owner } from '../files/directory.ts';
import type { Quirk } from '../quirks.ts';
import type { Layers } from './layers.ts';
import type { PathCache } from './path-cache.ts';

/** What all parts of one opened driver share. */
export interface Context {
  readonly host: Host;
  readonly layers: Layers;
  /** Of the home: held while anything that other processes rely on is changed. */
  readonly lock: DirectoryLock;
  readonly durability: Durability;
  readonly idMaps: IdMaps;
  /** What the archives of layers may ask; the rest are the defaults. */
  readonly limits: Partial<ArchiveLimits> | undefined;
  /** What containers see to their root. */
  readonly containerRoot: Owner;
  /** Whether aufs knows the option dirperm1. */
  readonly dirperm1: boolean;
  /** The name that Docker prints. */
  readonly backingFilesystem: string;
  readonly quirks: ReadonlySet<Quirk>;
  /** With the quirk cache-paths alone. */
  readonly paths: PathCache | undefined;
  readonly warn: (message: string) => void;
}
