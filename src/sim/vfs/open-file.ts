import { errno } from '../../host/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '../../host/constants.ts';
import type { Credentials } from './credentials.ts';
import type { Inode } from './inode.ts';
import type { Mount, VfsPath } from './mount.ts';
import type { Loader, Saver, SavedValue } from './snapshot.ts';

/** Where a read or write takes place (struct kiocb). The operation moves `pos` by what it did. */
export interface Iocb {
  /** Who writes: set-id bits are taken from the file if these credentials may not keep them. */
  readonly cred: Credentials;
  /** Bytes. */
  pos: number;
  /** The write goes to the end, wherever `pos` is. */
  append: boolean;
}

/** What getdents64 gives to `iterate` (struct dir_context). */
export interface DirContext {
  /** The position of the entry that comes next; `iterate` sets it before each emit and after the last. */
  pos: number;
  /**
   * Takes one entry: name, inode number, DT_*. `false` when the buffer is full: the entry was not taken, and `iterate` returns
   * with `pos` still at it.
   */
  emit(name: string, ino: number | bigint, type: number): boolean;
}

/** An open file description (struct file). */
export class OpenFile implements VfsPath {
  readonly mount: Mount;
  readonly dentry: VfsPath['dentry'];
  readonly inode: Inode;
  /** O_* without those that only count at the open (O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC). */
  flags: number;
  readonly cred: Credentials;
  ops: FileOperations;
  pos = 0;
  /** Descriptors that name it, in all processes. */
  references = 0;
  /** A descriptor of fsmount or open_tree: its mount goes with it, unless it was attached by then. */
  dissolvesMount = false;
  /** The flock(2) that it holds: LOCK_SH, LOCK_EX or 0. */
  lock = 0;

  constructor(path: VfsPath, inode: Inode, flags: number, cred: Credentials, ops: FileOperations) {
    this.mount = path.mount;
    this.dentry = path.dentry;
    this.inode = inode;
    this.flags = flags;
    this.cred = cred;
    this.ops = ops;
  }

  get isPath(): boolean {
    return (this.flags & O_PATH) !== 0;
  }

  get readable(): boolean {
    const access = this.flags & O_ACCMODE;
    return !this.isPath && (access === O_RDONLY || access === O_RDWR);
  }

  get writable(): boolean {
    const access = this.flags & O_ACCMODE;
    return !this.isPath && (access === O_WRONLY || access === O_RDWR);
  }

  get appends(): boolean {
    return (this.flags & O_APPEND) !== 0;
  }
}

/** Bytes of one open file that are to go into another (copy_file_range). */
export interface CopyRange {
  readonly source: OpenFile;
  readonly fromOffset: number;
  readonly target: OpenFile;
  readonly toOffset: number;
  readonly length: number;
}

/**
 * What can be done with an open file (struct file_operations): one object for each open description, or one for all. The
 * caller has checked access mode and arguments. Answers are counts, positions or 0; or a negative errno.
 */
export class FileOperations {
  read(_file: OpenFile, _buffer: Uint8Array, _iocb: Iocb): number {
    return -errno.EINVAL;
  }

  /** Includes generic_write_checks, file_remove_privs and file_update_time, as write_iter does. */
  write(_file: OpenFile, _buffer: Uint8Array, _iocb: Iocb): number {
    return -errno.EINVAL;
  }

  /** Whether the file has positions; pread, pwrite and lseek on one without are ESPIPE. */
  isSeekable(): boolean {
    return true;
  }

  /** Whether the file can be opened with O_DIRECT, which is EINVAL for others (FMODE_CAN_ODIRECT). */
  canDirect(): boolean {
    return false;
  }

  /** Whether there is an iterate operation; getdents64 without it is ENOTDIR. */
  canIterate(): boolean {
    return false;
  }

  /** Emits entries from `context.pos` on, `.` and `..` among them. */
  iterate(_file: OpenFile, _context: DirContext): number {
    return -errno.ENOTDIR;
  }

  /** The new position, which it stores in `file.pos`. The default is that of files without holes. */
  llseek(file: OpenFile, offset: number, whence: number): number {
    let target: number;
    if (whence === SEEK_SET) target = offset;
    else if (whence === SEEK_CUR) target = sumOfPositions(file.pos, offset);
    else if (whence === SEEK_END) target = sumOfPositions(file.inode.size, offset);
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      if (offset < 0 || offset >= file.inode.size) return -errno.ENXIO;
      target = whence === SEEK_DATA ? offset : file.inode.size;
    } else return -errno.EINVAL;
    if (target < 0 || target > file.inode.sb.maxBytes) return -errno.EINVAL;
    file.pos = target;
    return target;
  }

  fsync(_file: OpenFile, _what: 'all' | 'data'): number {
    return -errno.EINVAL;
  }

  /** Whether there is a fallocate operation. */
  canFallocate(): boolean {
    return false;
  }

  fallocate(_cred: Credentials, _file: OpenFile, _mode: number, _offset: number, _length: number): number {
    return -errno.EOPNOTSUPP;
  }

  /** ioctl(FICLONE) into `file`: shares all bytes of `from`. */
  clone(_cred: Credentials, _file: OpenFile, _from: OpenFile): number {
    return -errno.EOPNOTSUPP;
  }

  /** copy_file_range, where canCopyRange says so: how many bytes were copied, or an errno. */
  copyRange(_cred: Credentials, _range: CopyRange): number {
    return -errno.EOPNOTSUPP;
  }

  /** Whether there is a copy_file_range operation. */
  canCopyRange(): boolean {
    return false;
  }

  /** The last descriptor was closed. */
  release(_file: OpenFile): void {
    // Nothing is held by most files.
  }

  /** What must be kept of this open description besides path, flags and position. */
  save(_saver: Saver): SavedValue | undefined {
    return undefined;
  }

  /** Takes back what `save` answered; the file was just opened again. */
  restore(_file: OpenFile, _saved: SavedValue, _loader: Loader): void {
    // Most files keep nothing.
  }
}

/** Negative where 63 bits cannot hold the sum: it wraps. */
function sumOfPositions(one: number, other: number): number {
  const sum = one + other;
  return one !== 0 && other !== 0 && sum >= 2 ** 63 ? -sum : sum;
}
