import type { Dentry } from '../vfs/dentry.ts';
import { Kstat } from '../vfs/kstat.ts';
import { lookupOne } from '../vfs/namei.ts';
import type { VfsPath } from '../vfs/mount.ts';
import type { CacheEntry } from './directory-cache.ts';
import { PATH_ORIGIN, PATH_UPPER } from './flags.ts';
import { overlayInode } from './overlay-inode.ts';
import { overlayOf } from './overlay-superblock.ts';
import { mapIno } from './xino.ts';

/** What is looked up of an entry: the number to show, or only whether it is there at all. */
export type EntryUpdate = 'number' | 'existence';

/**
 * Looks an entry of the directory `path` up in the merged view, for the number that stat shows too, and to see whether it is an
 * xattr whiteout (ovl_cache_update, R89). An entry that cannot be looked up is not shown again (R91).
 */
export function updateEntry(path: VfsPath, entry: CacheEntry, update: EntryUpdate): number {
  const overlay = overlayOf(path.dentry);
  if (!overlay.sameDevice && !entry.checkXwhiteout) {
    entry.ino = entry.realIno;
    return 0;
  }
  const found = findEntry(path.dentry, entry.name);
  if (typeof found === 'number') {
    entry.isWhiteout = true;
    entry.ino = entry.realIno;
    return failed(path, entry, found);
  }
  if (found.inode === null) {
    entry.isWhiteout = true;
    entry.ino = entry.realIno;
    return 0;
  }
  const ino = overlay.sameDevice && update === 'number' ? shownIno(path, found, entry) : entry.realIno;
  entry.ino = ino ?? entry.realIno;
  return 0;
}

function findEntry(directory: Dentry, name: string): Dentry | number {
  if (name === '.') return directory;
  if (name === '..') return directory.parent;
  return lookupOne(overlayOf(directory).creator, directory, name);
}

function failed(path: VfsPath, entry: CacheEntry, answer: number): number {
  overlayOf(path.dentry).log(`failed to look up (${entry.name}) for ino (${answer})`);
  return answer;
}

/** st_ino of an object that keeps its lower's number, else the layer's number (R89, R109). */
function shownIno(path: VfsPath, dentry: Dentry, entry: CacheEntry): number | bigint | undefined {
  const inode = overlayInode(dentry);
  const type = inode.pathType;
  if ((type & PATH_ORIGIN) !== 0) {
    const stat = new Kstat();
    const answer = inode.getattr(inode.sb.creator, { mount: path.mount, dentry }, stat);
    return answer < 0 ? undefined : stat.ino;
  }
  const lower = inode.lowerPath;
  if ((type & PATH_UPPER) !== 0 || lower === undefined) return entry.realIno;
  return mapIno(entry.realIno, inode.sb.xinoBits, lower.layer.fsid) ?? entry.realIno;
}
