import { Malformed } from './errors.ts';

/** What an archive may ask of the one who unpacks it. Whatever exceeds a limit is refused before it is acted on. */
export interface ArchiveLimits {
  /** Members of the archive. One name is held in memory for each. */
  readonly entries: number;
  /** Bytes of a name or a link's target. */
  readonly nameBytes: number;
  /** Bytes of a PAX header or a GNU long name, as Go's archive/tar has it. */
  readonly extensionBytes: number;
  /** Records of one PAX header. */
  readonly paxRecords: number;
  /** Extended attributes of one member. */
  readonly xattrs: number;
  /** Bytes of an extended attribute's value; Linux takes no more than the default. */
  readonly xattrBytes: number;
  /** Pieces of one sparse file. */
  readonly sparsePieces: number;
  /** Bytes of all files after unpacking, holes counted. */
  readonly unpackedBytes: number;
  /** How many times its own size a packed stream (gzip, zstd) may unpack to; its first MiB is free. */
  readonly expansion: number;
}

/**
 * Generous: no image known comes near them. No packed stream can reach the last: a block of zstd, 4 bytes at least, holds
 * 128 KiB at most, and gzip is not even close.
 */
export const defaultLimits: ArchiveLimits = {
  entries: 16_000_000,
  nameBytes: 4095,
  extensionBytes: 1 << 20,
  paxRecords: 1 << 16,
  xattrs: 1 << 14,
  xattrBytes: 1 << 16,
  sparsePieces: 1 << 20,
  unpackedBytes: 2 ** 44,
  expansion: 100_000,
};

/** Refuses what is more than a limit allows; `what` is what there is too much of. @throws Malformed that names the limit */
export function checkLimit(limits: ArchiveLimits, name: keyof ArchiveLimits, value: number, what: string): void {
  if (value > limits[name]) throw new Malformed(`${what} (${value}); the limit ${name} is ${limits[name]}`);
}
