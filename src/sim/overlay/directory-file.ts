import { errno } from '../../host/errno.ts';
import { O_RDONLY, SEEK_CUR, SEEK_SET } from '../../host/constants.ts';
import { closeFile, iterateDir } from '../vfs/file.ts';
import { Kstat } from '../vfs/kstat.ts';
import { FileOperations, type DirContext, type OpenFile } from '../vfs/open-file.ts';
import type { Loader, SavedValue } from '../vfs/snapshot.ts';
import { openReal } from './copy-data.ts';
import { noEntries, noImpure, type CacheEntry, type DirectoryCache } from './directory-cache.ts';
import { updateEntry } from './entry-number.ts';
import { INODE_IMPURE, PATH_MERGE } from './flags.ts';
import { LayerPath } from './layer.ts';
import { removePrivate } from './layer-xattr.ts';
import { readMerged, readReal } from './merge.ts';
import { wantWrite } from './nlink-change.ts';
import { overlayInode, type OverlayInode } from './overlay-inode.ts';
import { mapIno } from './xino.ts';

/** Opens a directory: its topmost layer's with it (ovl_dir_open). */
export function openDirectory(file: OpenFile): FileOperations | number {
  const inode = overlayInode(file.dentry);
  const path = topmostPath(inode);
  const real = openReal(inode.sb, path, O_RDONLY);
  return typeof real === 'number' ? real : new DirectoryOperations(inode, real);
}

function topmostPath(inode: OverlayInode): LayerPath {
  const { upper, lowerPath, sb } = inode;
  const path = upper !== null && sb.upperLayer !== undefined ? new LayerPath(sb.upperLayer, upper) : lowerPath;
  if (path === undefined) throw new Error('a directory that no layer has');
  return path;
}

/** What is kept of an open directory. */
interface SavedDirectoryFile {
  readonly isReal: boolean;
  readonly isUpper: boolean;
  /** Of the list that is being read. */
  readonly version: number | null;
  readonly entries: readonly CacheEntry[] | null;
  /** The next reader would use the same list. */
  readonly shared: boolean;
}

/**
 * One open directory (struct ovl_dir_file). One of a single layer is read straight from it, others from a list that is made at
 * the first read and again after a rewind (R88).
 */
class DirectoryOperations extends FileOperations {
  readonly #inode: OverlayInode;
  #real: OpenFile;
  /** Read straight from `#real`. */
  #isReal: boolean;
  /** `#real` is in the upper layer. */
  #isUpper: boolean;
  #cache: DirectoryCache | undefined;

  constructor(inode: OverlayInode, real: OpenFile) {
    super();
    this.#inode = inode;
    this.#real = real;
    this.#isReal = inode.isRealDirectory;
    this.#isUpper = inode.upper !== null;
  }

  override canIterate(): boolean {
    return true;
  }

  override iterate(file: OpenFile, context: DirContext): number {
    if (context.pos === 0) this.#reset();
    if (!this.#isReal) return this.#iterateMerged(file, context);
    return this.#needsOtherNumbers(file) ? this.#iterateReal(file, context) : iterateDir(this.#real, context);
  }

  override llseek(file: OpenFile, offset: number, whence: number): number {
    if (file.pos === 0) this.#reset();
    if (this.#isReal) {
      this.#real.pos = file.pos;
      const answer = this.#real.ops.llseek(this.#real, offset, whence);
      file.pos = this.#real.pos;
      return answer;
    }
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return -errno.EINVAL;
    const target = whence === SEEK_CUR ? file.pos + offset : offset;
    if (target < 0) return -errno.EINVAL;
    file.pos = target;
    return target;
  }

  override read(): number {
    return -errno.EISDIR;
  }

  /** R86, R196: what is below is not synced. */
  override fsync(_file: OpenFile, extent: 'data' | 'all'): number {
    const { sb, upper } = this.#inode;
    if (!sb.syncs || upper === null) return 0;
    if (this.#isUpper) return this.#real.ops.fsync(this.#real, extent);
    const file = openReal(sb, topmostPath(this.#inode), O_RDONLY);
    if (typeof file === 'number') return file;
    const answer = file.ops.fsync(file, extent);
    closeFile(file);
    return answer;
  }

  override release(): void {
    this.#dropCache();
    closeFile(this.#real);
  }

  override save(): SavedValue {
    const cache = this.#cache;
    const saved: SavedDirectoryFile = {
      isReal: this.#isReal,
      isUpper: this.#isUpper,
      version: cache?.version ?? null,
      entries: cache?.entries ?? null,
      shared: cache !== undefined && this.#inode.cache === cache,
    };
    return saved as unknown as SavedValue;
  }

  /** The directory may have been copied up since it was opened first. */
  override restore(_file: OpenFile, value: SavedValue, _loader: Loader): void {
    const saved = value as unknown as SavedDirectoryFile;
    const { lowerPath, sb } = this.#inode;
    this.#isReal = saved.isReal;
    if (this.#isUpper && !saved.isUpper && lowerPath !== undefined) {
      const real = openReal(sb, lowerPath, O_RDONLY);
      if (typeof real === 'number') throw new Error(`a saved directory cannot be opened again (errno ${-real})`);
      closeFile(this.#real);
      this.#real = real;
      this.#isUpper = false;
    }
    if (saved.entries !== null && saved.version !== null) this.#restoreCache(saved.version, saved);
  }

  #restoreCache(version: number, { entries, shared }: SavedDirectoryFile): void {
    const known = this.#inode.cache;
    if (shared && known?.version === version) {
      known.readers += 1;
      this.#cache = known;
      return;
    }
    this.#cache = {
      version,
      readers: 1,
      entries: (entries ?? noEntries).map((entry) => ({ ...entry })),
      impure: noImpure,
    };
    if (shared) this.#inode.cache = this.#cache;
  }

  /** Forgets a list that is old, and that the directory was of one layer when it is not any more (ovl_dir_reset). */
  #reset(): void {
    if (this.#cache !== undefined && this.#cache.version !== this.#inode.version) this.#dropCache();
    if (this.#isReal && !this.#inode.isRealDirectory) this.#isReal = false;
  }

  /** Whether the layer's numbers are not all that is shown: `..` of a merged directory, entries from below, xino. */
  #needsOtherNumbers(file: OpenFile): boolean {
    const { sb } = this.#inode;
    if (sb.xinoBits > 0) return true;
    return sb.sameFilesystem && (this.#isImpure || isMerged(overlayInode(file.dentry.parent)));
  }

  /** An upper directory that held something from below when it was opened (ovl_is_impure_dir). */
  get #isImpure(): boolean {
    return this.#isUpper && this.#inode.has(INODE_IMPURE);
  }

  // Of a single layer

  #iterateReal(file: OpenFile, context: DirContext): number {
    const parentIno = this.#parentIno(file);
    if (typeof parentIno === 'number' && parentIno < 0) return parentIno;
    const impure = this.#isImpure ? this.#impureNumbers(file) : undefined;
    if (typeof impure === 'number') return impure;
    const translation = new NumberTranslation(context, this.#inode, parentIno, impure);
    const answer = iterateDir(this.#real, translation);
    context.pos = translation.pos;
    return answer;
  }

  /** The number of `..` where the parent is merged, 0 where it is the layer's, or an errno. */
  #parentIno(file: OpenFile): number | bigint {
    const { parent } = file.dentry;
    if (!isMerged(overlayInode(parent))) return 0;
    const stat = new Kstat();
    const answer = overlayInode(parent).getattr(this.#inode.sb.creator, { mount: file.mount, dentry: parent }, stat);
    return answer < 0 ? answer : stat.ino;
  }

  /** The numbers of what came from below; where there is nothing such any more, the mark goes (ovl_cache_get_impure, R90). */
  #impureNumbers(file: OpenFile): ReadonlyMap<string, number | bigint> | undefined | number {
    const inode = this.#inode;
    const { cache } = inode;
    if (cache?.version === inode.version) return cache.impure;
    inode.cache = undefined;
    const impure = readImpure(file, inode);
    if (typeof impure === 'number') return impure;
    if (impure.size > 0) {
      inode.cache = { version: inode.version, readers: 0, entries: noEntries, impure };
      return impure;
    }
    if (inode.upper !== null && wantWrite(inode.sb) === 0) removePrivate(inode.sb, inode.upper, 'impure');
    inode.flags &= ~INODE_IMPURE;
    return undefined;
  }

  // Merged

  #iterateMerged(file: OpenFile, context: DirContext): number {
    const cache = this.#mergedCache(file);
    if (typeof cache === 'number') return cache;
    while (context.pos < cache.entries.length) {
      const entry = cache.entries[context.pos];
      if (entry === undefined) break;
      const answer = this.#complete(file, entry);
      if (answer < 0) return answer;
      if (!entry.isWhiteout && !context.emit(entry.name, entry.ino, entry.type)) break;
      context.pos += 1;
    }
    return 0;
  }

  /** ovl_cache_put. */
  #dropCache(): void {
    const cache = this.#cache;
    if (cache === undefined) return;
    this.#cache = undefined;
    cache.readers -= 1;
    if (cache.readers === 0 && this.#inode.cache === cache) this.#inode.cache = undefined;
  }

  #complete(file: OpenFile, entry: CacheEntry): number {
    if (entry.isWhiteout || (entry.ino !== 0 && !entry.checkXwhiteout)) return 0;
    return updateEntry(file, entry, entry.ino === 0 ? 'number' : 'existence');
  }

  /** The list of this open directory: that of the last reader, where nothing has changed since (ovl_cache_get). */
  #mergedCache(file: OpenFile): DirectoryCache | number {
    if (this.#cache !== undefined) return this.#cache;
    const inode = this.#inode;
    const known = inode.cache;
    if (known?.version === inode.version) {
      known.readers += 1;
      this.#cache = known;
      return known;
    }
    inode.cache = undefined;
    const entries = readMerged(file.dentry);
    if (typeof entries === 'number') return entries;
    this.#cache = { version: inode.version, readers: 1, entries, impure: noImpure };
    inode.cache = this.#cache;
    return this.#cache;
  }
}

function isMerged({ pathType }: OverlayInode): boolean {
  return (pathType & PATH_MERGE) !== 0;
}

/** The entries of an upper directory whose number is not the layer's (ovl_dir_read_impure). */
function readImpure(file: OpenFile, inode: OverlayInode): Map<string, number | bigint> | number {
  const entries: CacheEntry[] = [];
  const answer = readReal(inode.sb, topmostPath(inode), (name, ino, type) => {
    const flags = { isUpper: false, isWhiteout: false, checkXwhiteout: false };
    if (name !== '.' && name !== '..') entries.push({ name, type, realIno: ino, ino, ...flags });
  });
  if (answer < 0) return answer;
  const numbers = new Map<string, number | bigint>();
  for (const entry of entries) {
    const updated = updateEntry(file, entry, 'number');
    if (updated < 0) return updated;
    if (entry.ino !== entry.realIno) numbers.set(entry.name, entry.ino);
  }
  return numbers;
}

/** Hands the entries of a layer on with other numbers (ovl_fill_real). */
class NumberTranslation implements DirContext {
  pos: number;
  readonly #context: DirContext;
  readonly #parentIno: number | bigint;
  readonly #impure: ReadonlyMap<string, number | bigint> | undefined;
  readonly #xinoBits: number;
  readonly #fsid: number;

  constructor(
    context: DirContext,
    inode: OverlayInode,
    parentIno: number | bigint,
    impure: ReadonlyMap<string, number | bigint> | undefined,
  ) {
    this.pos = context.pos;
    this.#context = context;
    this.#parentIno = parentIno;
    this.#impure = impure;
    this.#xinoBits = inode.sb.xinoBits;
    this.#fsid = inode.lowerPath?.layer.fsid ?? 0;
  }

  emit(name: string, ino: number | bigint, type: number): boolean {
    this.#context.pos = this.pos;
    return this.#context.emit(name, this.#translate(name, ino), type);
  }

  #translate(name: string, ino: number | bigint): number | bigint {
    if (name === '..' && this.#parentIno !== 0) return this.#parentIno;
    if (this.#impure !== undefined) return this.#impure.get(name) ?? ino;
    return mapIno(ino, this.#xinoBits, this.#fsid) ?? ino;
  }
}
