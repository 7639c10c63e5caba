import { errno } from '../../host/errno.ts';
import {
  DT_BLK,
  DT_CHR,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_REG,
  DT_SOCK,
  DT_UNKNOWN,
  SEEK_CUR,
  SEEK_SET,
} from '../../host/constants.ts';
import { positive } from '../vfs/mount.ts';
import { FileOperations, type DirContext, type OpenFile } from '../vfs/open-file.ts';
import { memoryDirectory, type MemoryDirectory } from './directory.ts';
import type { MemoryLink } from './store.ts';

/** Positions in a directory (fs/libfs.c): `.`, `..`, "the first entry"; entries have positions from 3; the end. */
const firstEntry = 2;
const endOfDirectory = 0x7fffffff;

/**
 * An open directory. The position is that of the entry that comes next. An entry that is gone by then is looked for from its
 * position on, where entries come newest first: downwards (offset_dir_lookup).
 */
class MemoryDirectoryOperations extends FileOperations {
  override canIterate(): boolean {
    return true;
  }

  override iterate(file: OpenFile, context: DirContext): number {
    const directory = memoryDirectory(file.inode);
    if (context.pos === 0) {
      if (!context.emit('.', directory.ino, DT_DIR)) return 0;
      context.pos = 1;
    }
    if (context.pos === 1) {
      if (!context.emit('..', positive(file.dentry.parent).ino, DT_DIR)) return 0;
      context.pos = firstEntry;
    }
    if (context.pos !== endOfDirectory) emitEntries(directory, context);
    return 0;
  }

  override llseek(file: OpenFile, offset: number, whence: number): number {
    const target = whence === SEEK_CUR ? file.pos + offset : offset;
    if ((whence !== SEEK_CUR && whence !== SEEK_SET) || target < 0) return -errno.EINVAL;
    file.pos = target;
    return target;
  }

  override read(): number {
    return -errno.EISDIR;
  }

  override fsync(): number {
    return 0;
  }
}

function emitEntries(directory: MemoryDirectory, context: DirContext): void {
  const order = directory.sb.features.entryOrder;
  const links = order === 'newest-first' ? directory.place.newestFirst() : directory.place.inOrder();
  const start = context.pos === firstEntry ? 0 : startAt[order](links, context.pos);
  for (let index = start; index < links.length; index += 1) {
    const link = links[index];
    if (link === undefined) break;
    context.pos = link.position;
    const { ino, mode } = directory.sb.inodeOf(link.ino);
    const type = directory.sb.features.directoryTypes ? direntType(mode) : DT_UNKNOWN;
    if (!context.emit(link.name, ino, type)) return;
  }
  context.pos = endOfDirectory;
}

/** The index of the entry to go on with; the end where there is none. */
const startAt = {
  'newest-first': highestUpTo,
  'oldest-first': (links: readonly MemoryLink[], position: number): number => {
    const found = links.findIndex((link) => link.position >= position);
    return found < 0 ? links.length : found;
  },
} as const;

/** The entry with the highest position that is not above `position`. */
function highestUpTo(links: readonly MemoryLink[], position: number): number {
  let best = links.length;
  let bestPosition = 0;
  for (const [index, link] of links.entries()) {
    if (link.position <= position && link.position > bestPosition) {
      best = index;
      bestPosition = link.position;
    }
  }
  return best;
}

const types = new Map([
  [0o010000, DT_FIFO],
  [0o020000, DT_CHR],
  [0o040000, DT_DIR],
  [0o060000, DT_BLK],
  [0o100000, DT_REG],
  [0o120000, DT_LNK],
  [0o140000, DT_SOCK],
]);

/** The DT_* of a mode. */
function direntType(mode: number): number {
  return types.get(mode & 0o170000) ?? DT_UNKNOWN;
}

export const memoryDirectoryOperations = new MemoryDirectoryOperations();
