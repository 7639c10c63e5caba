import { errno } from '../../host/errno.ts';
import {
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  S_IFBLK,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
} from '../../host/constants.ts';
import { doTruncate } from '../vfs/attr.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { vfsRead, vfsWrite } from '../vfs/file.ts';
import { ATTR_CTIME, ATTR_MTIME } from '../vfs/iattr.ts';
import type { Iocb, OpenFile } from '../vfs/open-file.ts';
import { S_APPEND, S_IMMUTABLE } from '../vfs/protection.ts';
import type { Process } from './process.ts';

/** System calls on the bytes of open files (fs/read_write.c, fs/open.c, fs/sync.c, fs/locks.c). */

/** The most bytes of one read or write (MAX_RW_COUNT). */
const maxCount = 0x7ffff000;
/** The largest position that lseek knows (SEEK_HOLE). */
const maxWhence = 4;

export function read(process: Process, fd: number, buffer: Uint8Array): number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  const iocb = at(process.cred, file, file.pos);
  const answer = vfsRead(file, cut(buffer), iocb);
  if (answer >= 0) file.pos = iocb.pos;
  return answer;
}

export function pread(process: Process, fd: number, buffer: Uint8Array, offset: number): number {
  if (offset < 0) return -errno.EINVAL;
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  return !file.ops.isSeekable() ? -errno.ESPIPE : vfsRead(file, cut(buffer), at(process.cred, file, offset));
}

export function write(process: Process, fd: number, buffer: Uint8Array): number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  const iocb = at(process.cred, file, file.pos);
  const answer = vfsWrite(file, cut(buffer), iocb);
  if (answer >= 0) file.pos = iocb.pos;
  return answer;
}

/** With O_APPEND the bytes go to the end all the same. */
export function pwrite(process: Process, fd: number, buffer: Uint8Array, offset: number): number {
  if (offset < 0) return -errno.EINVAL;
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  return !file.ops.isSeekable() ? -errno.ESPIPE : vfsWrite(file, cut(buffer), at(process.cred, file, offset));
}

function at(cred: Credentials, file: OpenFile, pos: number): Iocb {
  return { cred, pos, append: file.appends };
}

function cut(buffer: Uint8Array): Uint8Array {
  return buffer.length > maxCount ? buffer.subarray(0, maxCount) : buffer;
}

export function lseek(process: Process, fd: number, offset: number, whence: number): number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  if (whence < 0 || whence > maxWhence) return -errno.EINVAL;
  return file.ops.isSeekable() ? file.ops.llseek(file, offset, whence) : -errno.ESPIPE;
}

export function ftruncate(process: Process, fd: number, length: number): number {
  if (length < 0) return -errno.EINVAL;
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  if (!file.inode.isRegular || !file.writable) return -errno.EINVAL;
  if ((file.inode.protection & S_APPEND) !== 0) return -errno.EPERM;
  return doTruncate(process.cred, file.dentry, length, ATTR_MTIME | ATTR_CTIME, file);
}

const FALLOC_FL_KEEP_SIZE = 0x01;
const FALLOC_FL_PUNCH_HOLE = 0x02;
const FALLOC_FL_COLLAPSE_RANGE = 0x08;
const FALLOC_FL_ZERO_RANGE = 0x10;
const FALLOC_FL_INSERT_RANGE = 0x20;
const FALLOC_FL_UNSHARE_RANGE = 0x40;
const FALLOC_FL_WRITE_ZEROES = 0x80;

/** vfs_fallocate. */
export function fallocate(process: Process, fd: number, mode: number, offset: number, length: number): number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  if (offset < 0 || length <= 0) return -errno.EINVAL;
  if (!isFallocateMode(mode)) return -errno.EOPNOTSUPP;
  if (!file.writable) return -errno.EBADF;
  const { protection } = file.inode;
  if ((mode & ~FALLOC_FL_KEEP_SIZE) !== 0 && (protection & S_APPEND) !== 0) return -errno.EPERM;
  if ((protection & S_IMMUTABLE) !== 0) return -errno.EPERM;
  switch (file.inode.mode & S_IFMT) {
    case S_IFIFO:
      return -errno.ESPIPE;
    case S_IFDIR:
      return -errno.EISDIR;
    case S_IFREG:
    case S_IFBLK:
      break;
    default:
      return -errno.ENODEV;
  }
  if (offset + length > file.inode.sb.maxBytes) return -errno.EFBIG;
  if (!file.ops.canFallocate()) return -errno.EOPNOTSUPP;
  return file.ops.fallocate(process.cred, file, mode, offset, length);
}

function isFallocateMode(mode: number): boolean {
  const keepsSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case 0:
    case FALLOC_FL_UNSHARE_RANGE:
    case FALLOC_FL_ZERO_RANGE:
      return true;
    case FALLOC_FL_PUNCH_HOLE:
      return keepsSize;
    case FALLOC_FL_COLLAPSE_RANGE:
    case FALLOC_FL_INSERT_RANGE:
    case FALLOC_FL_WRITE_ZEROES:
      return !keepsSize;
    default:
      return false;
  }
}

export function fsync(process: Process, fd: number, what: 'all' | 'data'): number {
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : file.ops.fsync(file, what);
}

export function syncfs(process: Process, fd: number): number {
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : file.inode.sb.syncFs();
}

/**
 * flock(2). A lock belongs to the open file description. Where the kernel would wait, EDEADLK is answered: nobody could give
 * the lock back meanwhile.
 */
export function flock(process: Process, fd: number, operation: number): number {
  const wanted = operation & ~LOCK_NB;
  if (wanted !== LOCK_SH && wanted !== LOCK_EX && wanted !== LOCK_UN) return -errno.EINVAL;
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  if (wanted === LOCK_UN) {
    file.lock = 0;
    return 0;
  }
  if (!file.readable && !file.writable) return -errno.EBADF;
  if (isLockedByOther(process, file, wanted)) {
    // A lock that is to be changed is given up before the wait.
    if (file.lock !== wanted) file.lock = 0;
    return (operation & LOCK_NB) !== 0 ? -errno.EAGAIN : -errno.EDEADLK;
  }
  file.lock = wanted;
  return 0;
}

function isLockedByOther(process: Process, file: OpenFile, wanted: number): boolean {
  for (const other of process.machine.openFiles()) {
    if (other === file || other.inode !== file.inode || other.lock === 0) continue;
    if (wanted === LOCK_EX || other.lock === LOCK_EX) return true;
  }
  return false;
}
