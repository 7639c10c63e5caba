/** What an archive may ask of the one who unpacks it. Whatever exceeds a limit is refused before it is acted on. */
export interface ArchiveLimits {
  /** Members of the archive. One name is held in memory for each. */
  readonly entries: number;
  /** Bytes of a name or a link's target. */
  readonly nameBytes: number;
  /** Bytes of a PAX header or a GNU long name, as Go's archive/tar has it. */
  readonly extensionBytes: number;
  /** Extended attributes of one member. */
  readonly xattrs: number;
  /** Pieces of one sparse file. */
  readonly sparsePieces: number;
  /** Bytes of all files after unpacking, holes counted. */
  readonly unpackedBytes: number;
}

/** Generous: no image known comes near them. */
export const defaultLimits: ArchiveLimits = {
  entries: 16_000_000,
  nameBytes: 4095,
  extensionBytes: 1 << 20,
  xattrs: 1024,
  sparsePieces: 1 << 20,
  unpackedBytes: 2 ** 44,
};
