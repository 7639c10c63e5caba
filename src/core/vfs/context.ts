import type { Host } from '../../host/index.ts';
import type { XattrRule } from '../copy/attributes.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { Durability } from '../driver.ts';
import type { IdMaps } from '../id-map.ts';
import type { DirectoryLock } from '../files/directory-lock.ts';
import type { Owner } from '../files/directory.ts';
import type { Quirk } from '../quirks.ts';
import type { Layers } from './layers.ts';
import type { VfsOptions } from './storage-options.ts';

/** What all parts of one opened driver share. */
export interface Context {
  readonly host: Host;
  readonly layers: Layers;
  /** Of the home: held while a layer comes or goes. */
  readonly lock: DirectoryLock;
  readonly durability: Durability;
  readonly idMaps: IdMaps;
  /** What the archives of layers may ask; the rest are the defaults. */
  readonly limits: Partial<ArchiveLimits> | undefined;
  readonly options: VfsOptions;
  readonly xattrs: XattrRule;
  /** Who owns the roots of new layers. */
  readonly owner: Owner;
  readonly quirks: ReadonlySet<Quirk>;
  readonly warn: (message: string) => void;
}

/** What it takes to clear away what crashes have left. */
export type Home = Pick<Context, 'host' | 'layers' | 'lock' | 'warn'>;
