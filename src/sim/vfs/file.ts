import { errno } from '../../host/errno.ts';
import { O_CREAT, O_DIRECT, O_EXCL, O_NOCTTY, O_PATH, O_TRUNC, S_IFIFO, S_IFMT } from '../../host/constants.ts';
import { fileRemovePrivs } from './attr.ts';
import type { Credentials } from './credentials.ts';
import { S_CTIME, S_MTIME, type Inode } from './inode.ts';
import { joinFifo } from './special-file.ts';
import { mayWriteMount } from './permission.ts';
import { pathInode, type VfsPath } from './mount.ts';
import { FileOperations, OpenFile, type DirContext, type Iocb } from './open-file.ts';

const noOperations = new FileOperations();

/** Flags that only the open itself is about; F_GETFL does not show them. */
const openingFlags = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC;

/**
 * Opens a path without asking for permission, as do_dentry_open does: for the open(2) that has asked before, and for overlay
 * on its layers (`flags` and `cred` are then those of the real file). O_TRUNC and O_CREAT only tell the filesystem what the
 * caller is about (R104), and are forgotten after that. Whoever opens calls `closeFile`.
 */
export function openPath(cred: Credentials, path: VfsPath, flags: number): OpenFile | number {
  const inode = pathInode(path);
  const file = new OpenFile(path, inode, flags, cred, noOperations);
  inode.pin();
  if ((flags & O_PATH) !== 0) return file;
  const answer = beginOpen(file);
  if (answer === 0) return file;
  inode.unpin();
  return answer;
}

function beginOpen(file: OpenFile): number {
  const writes = isWriter(file);
  if (writes) {
    const answer = mayWriteMount(file.mount);
    if (answer < 0) return answer;
  }
  const ops = file.inode.open(file);
  if (typeof ops === 'number') return ops;
  if ((file.flags & O_DIRECT) !== 0 && !ops.canDirect()) {
    ops.release(file);
    return -errno.EINVAL;
  }
  file.ops = ops;
  file.flags &= ~openingFlags;
  if (writes) file.mount.writers += 1;
  return 0;
}

/** Opens a path again as it was open when its machine was saved, whatever stands against it by now. */
export function reopenPath(cred: Credentials, path: VfsPath, flags: number): OpenFile {
  const inode = pathInode(path);
  const file = new OpenFile(path, inode, flags, cred, noOperations);
  inode.pin();
  if (file.isPath) return file;
  const ops = (inode.mode & S_IFMT) === S_IFIFO ? joinFifo(file) : inode.open(file);
  if (typeof ops === 'number') throw new Error(`a saved file cannot be opened again (errno ${-ops})`);
  file.ops = ops;
  if (isWriter(file)) file.mount.writers += 1;
  return file;
}

/** Whether the file counts as a writer of its mount: opened for writing, and not a device, fifo or socket. */
function isWriter(file: OpenFile): boolean {
  return file.writable && (file.inode.isRegular || file.inode.isDirectory);
}

/** The last user of an open file is gone (__fput). */
export function closeFile(file: OpenFile): void {
  if (!file.isPath) {
    file.ops.release(file);
    if (isWriter(file)) file.mount.writers -= 1;
  }
  file.inode.unpin();
}

/** Reads at `iocb.pos` (vfs_read without the position's bookkeeping). */
export function vfsRead(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
  if (!file.readable) return -errno.EBADF;
  if (endsBeyondPositions(buffer.length, iocb)) return -errno.EINVAL;
  return file.ops.read(file, buffer, iocb);
}

/** Writes at `iocb.pos`, or at the end if `iocb.append` (vfs_write without the position's bookkeeping). */
export function vfsWrite(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
  if (!file.writable) return -errno.EBADF;
  if (endsBeyondPositions(buffer.length, iocb)) return -errno.EINVAL;
  return file.ops.write(file, buffer, iocb);
}

/** Whether the last byte would have a position that 63 bits cannot hold (rw_verify_area). */
function endsBeyondPositions(length: number, { pos }: Iocb): boolean {
  return length > 0 && pos + length >= 2 ** 63;
}

/** Emits entries of an open directory from `context.pos` on (iterate_dir). ENOENT once the directory was removed (R131). */
export function iterateDir(file: OpenFile, context: DirContext): number {
  if (!file.ops.canIterate()) return -errno.ENOTDIR;
  return file.inode.dead ? -errno.ENOENT : file.ops.iterate(file, context);
}

/**
 * What a write has to pass first (generic_write_checks): moves `iocb.pos` to the end of an appending write, answers how
 * many of `count` bytes may be written, EFBIG beyond the largest size.
 */
export function genericWriteChecks(inode: Inode, count: number, iocb: Iocb): number {
  if (count === 0) return 0;
  if (iocb.append) iocb.pos = inode.size;
  if (iocb.pos >= inode.sb.maxBytes) return -errno.EFBIG;
  return Math.min(count, inode.sb.maxBytes - iocb.pos);
}

/** Set-id bits, file capabilities and times before bytes are written (file_remove_privs, file_update_time). */
export function prepareWrite(cred: Credentials, file: OpenFile): number {
  const answer = fileRemovePrivs(cred, file);
  return answer < 0 ? answer : file.inode.updateTime(S_MTIME | S_CTIME);
}
