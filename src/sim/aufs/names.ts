import { NAME_MAX } from '../../host/path.ts';

/** The names that aufs keeps for itself on its branches (include/uapi/linux/aufs_type.h). */

export const whiteoutPrefix = '.wh.';
/** Marks a directory below which lower branches do not count: an empty file in it. */
export const opaqueName = '.wh..wh..opq';
/** The file of a writable branch's root that all whiteouts are links of. */
export const whiteoutBaseName = '.wh..wh.aufs';
/** The directory of a writable branch's root that links copied-up files which have other names below. */
export const pseudoLinkName = '.wh..wh.plnk';
/** The directory of a writable branch's root for files that are written to after they lost their directory. */
export const orphanName = '.wh..wh.orph';

const temporaryDigits = 4;

/** The longest name in bytes: one that still has room when it is whiteouted under a temporary name (AUFS_MAX_NAMELEN). */
export const longestName = NAME_MAX - 2 * whiteoutPrefix.length - 1 - temporaryDigits;

export function isReserved(name: string): boolean {
  return name.startsWith(whiteoutPrefix);
}

export function whiteoutOf(name: string): string {
  return whiteoutPrefix + name;
}

/** The temporary name that something called `name` has while it is made or removed; `turn` tells attempts apart. */
export function temporaryName(name: string, turn: number): string {
  const digits = (turn & 0xffff).toString(16).padStart(temporaryDigits, '0');
  return `${whiteoutPrefix}${whiteoutPrefix}${name}.${digits}`;
}
