import { DT_CHR, DT_REG, O_RDONLY } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { closeFile, iterateDir } from '../vfs/file.ts';
import { lookupOne } from '../vfs/namei.ts';
import type { DirContext, OpenFile } from '../vfs/open-file.ts';
import { openReal } from './copy-data.ts';
import type { CacheEntry } from './directory-cache.ts';
import { ENTRY_XWHITEOUTS, INODE_IMPURE } from './flags.ts';
import { LayerPath } from './layer.ts';
import { entryFlags, overlayInode, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** Takes an entry that was read from a layer. */
type Emit = (name: string, ino: number | bigint, type: number) => void;

/** Reads all entries of a real directory as the mounter (ovl_dir_read). Answers 0 or a negative errno. */
export function readReal(overlay: OverlaySuperblock, path: LayerPath, emit: Emit): number {
  const file = openReal(overlay, path, O_RDONLY);
  if (typeof file === 'number') return file;
  const context = new Collector(emit);
  let answer: number;
  do answer = context.read(file);
  while (answer === 0 && context.count > 0);
  closeFile(file);
  return answer;
}

class Collector implements DirContext {
  pos = 0;
  count = 0;
  readonly #emit: Emit;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  read(file: OpenFile): number {
    this.count = 0;
    return iterateDir(file, this);
  }

  emit(name: string, ino: number | bigint, type: number): boolean {
    this.count += 1;
    this.#emit(name, ino, type);
    return true;
  }
}

/** The layers of a directory that are read, from the top down (ovl_path_next). */
export function layersOf(inode: OverlayInode): readonly LayerPath[] {
  const { upper, sb } = inode;
  if (upper === null || sb.upperLayer === undefined) return inode.lower;
  return [new LayerPath(sb.upperLayer, upper), ...inode.lower];
}

/**
 * All entries of a directory, whiteouts among them: those of the lowest layer first, so that most positions stay the same when
 * upper ones change, then the others from the top down; each name once (ovl_dir_read_merged, R87).
 */
export function readMerged(dentry: Dentry): readonly CacheEntry[] | number {
  const merge = new Merge(dentry);
  const layers = layersOf(overlayInode(dentry));
  for (const [index, path] of layers.entries()) {
    const answer = merge.readLayer(path, index === layers.length - 1 ? 'lowest' : 'above');
    if (answer < 0) return answer;
  }
  return merge.entries();
}

class Merge {
  readonly #overlay: OverlaySuperblock;
  readonly #inode: OverlayInode;
  readonly #hasXwhiteouts: boolean;
  /** In the order of insertion; those that the lowest layer has too leave for `#lowest`. */
  readonly #above = new Map<string, CacheEntry>();
  readonly #lowest: CacheEntry[] = [];
  /** Character devices of the layer that is being read. */
  #devices: CacheEntry[] = [];

  constructor(dentry: Dentry) {
    this.#inode = overlayInode(dentry);
    this.#overlay = this.#inode.sb;
    this.#hasXwhiteouts = (entryFlags(dentry) & ENTRY_XWHITEOUTS) !== 0;
  }

  entries(): readonly CacheEntry[] {
    return [...this.#lowest, ...this.#above.values()];
  }

  readLayer(path: LayerPath, place: 'above' | 'lowest'): number {
    const checksXwhiteouts = this.#hasXwhiteouts && path.layer.hasXwhiteouts;
    const answer = readReal(this.#overlay, path, (name, ino, type) => {
      const known = this.#above.get(name);
      const entry = known ?? this.#newEntry(path, name, ino, type, checksXwhiteouts && type === DT_REG);
      if (place === 'above') {
        if (known === undefined) this.#above.set(name, entry);
      } else {
        if (known !== undefined) this.#above.delete(name);
        this.#lowest.push(entry);
      }
    });
    return answer < 0 ? answer : this.#findWhiteouts(path.dentry);
  }

  #newEntry(
    path: LayerPath,
    name: string,
    realIno: number | bigint,
    type: number,
    checkXwhiteout: CacheEntry['checkXwhiteout'],
  ): CacheEntry {
    const isUpper = path.layer.index === 0;
    const ino = this.#showsOtherNumber(name, isUpper ? 'upper' : 'lower') ? 0 : realIno;
    const entry: CacheEntry = { name, type, realIno, ino, isUpper, isWhiteout: false, checkXwhiteout };
    if (type === DT_CHR) this.#devices.push(entry);
    return entry;
  }

  /** Whether the number to show may be another than the layer's (ovl_calc_d_ino, R89). */
  #showsOtherNumber(name: string, side: 'upper' | 'lower'): boolean {
    if (this.#overlay.xinoBits > 0 || name === '..') return true;
    return side === 'upper' && (name === '.' || this.#inode.has(INODE_IMPURE));
  }

  /** R77, R84: which of a layer's character devices are whiteouts (ovl_check_whiteouts). */
  #findWhiteouts(directory: Dentry): number {
    const devices = this.#devices;
    this.#devices = [];
    for (const entry of devices) {
      const found = lookupOne(this.#overlay.creator, directory, entry.name);
      if (typeof found !== 'number') entry.isWhiteout = found.inode?.isWhiteout === true;
    }
    return 0;
  }
}
