import { errno } from '../../host/errno.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, SEEK_DATA, SEEK_HOLE } from '../../host/constants.ts';
import { touchAtime } from '../vfs/atime.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { genericWriteChecks, prepareWrite } from '../vfs/file.ts';
import { FileOperations, type Iocb, type OpenFile } from '../vfs/open-file.ts';
import type { FileContent } from './content.ts';
import { MemoryInode } from './inode.ts';

/** Reads and writes of a regular file in memory (mm/shmem.c). */
class MemoryFileOperations extends FileOperations {
  override canDirect(): boolean {
    return true;
  }

  override read(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    const { inode, content } = regular(file);
    const count = Math.min(buffer.length, inode.size - iocb.pos);
    if (count > 0) {
      content.read(buffer.subarray(0, count), iocb.pos);
      iocb.pos += count;
    }
    touchAtime(file);
    return Math.max(count, 0);
  }

  override write(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    const { inode, content } = regular(file);
    const count = genericWriteChecks(inode, buffer.length, iocb);
    if (count <= 0) return count;
    const prepared = prepareWrite(iocb.cred, file);
    if (prepared < 0) return prepared;
    const possible = takePages(iocb.cred, file, iocb.pos, count);
    if (possible < 0) return possible;
    content.write(buffer.subarray(0, possible), iocb.pos);
    iocb.pos += possible;
    inode.size = Math.max(inode.size, iocb.pos);
    return possible;
  }

  override llseek(file: OpenFile, offset: number, whence: number): number {
    if (whence !== SEEK_DATA && whence !== SEEK_HOLE) return super.llseek(file, offset, whence);
    const { inode, content } = regular(file);
    if (offset < 0 || offset >= inode.size) return -errno.ENXIO;
    const found = whence === SEEK_DATA ? nextData(inode, content, offset) : nextHole(inode, content, offset);
    if (found >= 0) file.pos = found;
    return found;
  }

  override fsync(): number {
    return 0;
  }

  override canFallocate(): boolean {
    return true;
  }

  override fallocate(cred: Credentials, file: OpenFile, mode: number, offset: number, length: number): number {
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) !== 0) return -errno.EOPNOTSUPP;
    const { inode, content } = regular(file);
    const end = offset + length;
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
      punchHole(inode, content, offset, end);
    } else {
      const reserved = reservePages(cred, file, offset, end);
      if (reserved < 0) return reserved;
      if ((mode & FALLOC_FL_KEEP_SIZE) === 0) inode.size = Math.max(inode.size, end);
    }
    return prepareWrite(cred, file);
  }

  override clone(cred: Credentials, file: OpenFile, from: OpenFile): number {
    const { inode, content } = regular(file);
    if (!inode.sb.features.reflink) return -errno.EOPNOTSUPP;
    if (!(from.inode instanceof MemoryInode) || from.inode.content === undefined) return -errno.EINVAL;
    const source = from.inode.content;
    const taken = inode.takeBlocks(cred, source.pages.count);
    if (taken < 0) return taken;
    const prepared = prepareWrite(cred, file);
    if (prepared < 0) return prepared;
    inode.giveBlocks(content.pages.count);
    if (source !== content) content.shareFrom(source);
    inode.size = from.inode.size;
    return 0;
  }
}

export const memoryFileOperations = new MemoryFileOperations();

function regular(file: OpenFile): { readonly inode: MemoryInode; readonly content: FileContent } {
  const { inode } = file;
  if (!(inode instanceof MemoryInode) || inode.content === undefined) throw new Error('not a regular file in memory');
  return { inode, content: inode.content };
}

/** Takes the pages that a write needs, as far as there are any; answers how many bytes they hold, or why there are none. */
function takePages(cred: Credentials, file: OpenFile, position: number, count: number): number {
  const { inode, content } = regular(file);
  const { blockSize } = inode.sb;
  const end = position + count;
  for (let page = Math.floor(position / blockSize); page * blockSize < end; page += 1) {
    const isNew = content.pages.state(page) === 'hole';
    const taken = isNew ? inode.takeBlocks(cred, 1) : 0;
    if (taken < 0) return page * blockSize > position ? page * blockSize - position : taken;
    content.pages.hold(page, 'data');
  }
  return count;
}

/** Sets pages aside; all of them or, where there are not so many, none, with the reason. */
function reservePages(cred: Credentials, file: OpenFile, offset: number, end: number): number {
  const { inode, content } = regular(file);
  const { blockSize, limits } = inode.sb;
  const first = Math.floor(offset / blockSize);
  const last = Math.ceil(end / blockSize);
  if (limits.maxBlocks !== 0 && last - first > limits.maxBlocks) return -errno.ENOSPC;
  const taken: number[] = [];
  for (let page = first; page < last; page += 1) {
    if (content.pages.state(page) !== 'hole') continue;
    const answer = inode.takeBlocks(cred, 1);
    if (answer < 0) {
      for (const undone of taken) inode.giveBlocks(content.pages.release(undone, undone + 1));
      return answer;
    }
    content.pages.hold(page, 'reserved');
    taken.push(page);
  }
  return 0;
}

function punchHole(inode: MemoryInode, content: FileContent, offset: number, end: number): void {
  const { blockSize } = inode.sb;
  const first = Math.ceil(offset / blockSize);
  const last = Math.floor(end / blockSize);
  if (first < last) inode.giveBlocks(content.pages.release(first, last));
  content.zero(offset, end);
}

function nextData(inode: MemoryInode, content: FileContent, offset: number): number {
  const { blockSize } = inode.sb;
  const page = content.pages.nextData(Math.floor(offset / blockSize));
  if (page === undefined || page * blockSize >= inode.size) return -errno.ENXIO;
  return Math.max(page * blockSize, offset);
}

function nextHole(inode: MemoryInode, content: FileContent, offset: number): number {
  const { blockSize } = inode.sb;
  const hole = content.pages.nextHole(Math.floor(offset / blockSize)) * blockSize;
  return Math.min(Math.max(hole, offset), inode.size);
}
