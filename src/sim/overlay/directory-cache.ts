/** One entry of a merged directory (struct ovl_cache_entry). */
export interface CacheEntry {
  readonly name: string;
  /** DT_*. */
  readonly type: number;
  readonly realIno: number | bigint;
  /** The number to show; 0 until it is looked up. */
  ino: number | bigint;
  /** It comes from the upper directory. */
  readonly isUpper: boolean;
  /** Not shown: a whiteout, or a name that turned out to lead nowhere. */
  isWhiteout: boolean;
  /** Whether it is an xattr whiteout must be looked up before it is shown (R84). */
  checkXwhiteout: boolean;
}

/** What is kept of a directory's entries for the next reader, as long as the directory has the same version. */
export interface DirectoryCache {
  readonly version: number;
  /** Open directories that use the list; it goes with the last. */
  readers: number;
  /** Of a merged directory, in the order in which they are read. */
  readonly entries: readonly CacheEntry[];
  /** Of an impure directory of one layer: the numbers of entries that are not those of the layer. */
  readonly impure: ReadonlyMap<string, number | bigint>;
}

export const noEntries: readonly CacheEntry[] = [];
export const noImpure: ReadonlyMap<string, number | bigint> = new Map();
