import type { Host } from '../../host/index.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { Durability } from '../driver.ts';
import type { IdMaps } from '../id-map.ts';
import type { Owner } from '../files/directory.ts';
import type { DirectoryLock } from '../files/directory-lock.ts';
import type { Quirk } from '../quirks.ts';
import type { Layers } from './layers.ts';
import type { KernelFacts } from './kernel-facts.ts';
import type { Overlay2Options } from './storage-options.ts';

/** What all parts of one opened driver share. */
export interface Context {
  readonly host: Host;
  readonly layers: Layers;
  readonly kernel: KernelFacts;
  /** Of the home: held while anything that other processes rely on is changed. */
  readonly lock: DirectoryLock;
  readonly durability: Durability;
  readonly idMaps: IdMaps;
  /** What the archives of layers may ask; the rest are the defaults. */
  readonly limits: Partial<ArchiveLimits> | undefined;
  readonly options: Overlay2Options;
  readonly owners: Owners;
  readonly quirks: ReadonlySet<Quirk>;
  readonly warn: (message: string) => void;
}

/** Who owns what: the home and the layers belong to this process, what containers see to their root. */
export interface Owners {
  readonly daemon: Owner;
  readonly containerRoot: Owner;
}

/** What it takes to clear away what crashes have left. */
export type Home = Pick<Context, 'host' | 'layers' | 'lock' | 'quirks' | 'warn'>;
