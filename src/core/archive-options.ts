import type { Host } from '../host/index.ts';
import type { ArchiveLimits, UnpackOptions, WriteOptions } from './archive/index.ts';
import { keepingHostRoot, type IdMaps } from './id-map.ts';
import { keptXattrs } from './kept-xattrs.ts';
import type { Quirk } from './quirks.ts';

/** What a driver unpacks archives with. */
export interface Unpacker {
  readonly host: Host;
  readonly idMaps: IdMaps;
  /** What archives may ask; the rest are the defaults. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly quirks: ReadonlySet<Quirk>;
  readonly warn: (message: string) => void;
}

/** The options that an archive is unpacked with, its quirks among them. */
export function unpackOptions({ host, idMaps, limits, quirks, warn }: Unpacker): UnpackOptions {
  return {
    warn,
    idMaps: quirks.has('keep-host-root') ? keepingHostRoot(idMaps) : idMaps,
    limits,
    ...(quirks.has('ordered-whiteouts') ? { whiteouts: 'in-order' } : {}),
    ...(quirks.has('private-implied-directories')
      ? { impliedDirectories: { ...host.system.credentials(), mode: 0o600 } }
      : {}),
  };
}

/** What a driver writes archives with. */
export type Packing = Pick<Unpacker, 'idMaps' | 'quirks' | 'warn'>;

/** The options that an archive is written with, its quirks among them. */
export function packOptions({ idMaps, quirks, warn }: Packing): WriteOptions {
  return { warn, idMaps, keeps: keptXattrs(quirks) };
}
