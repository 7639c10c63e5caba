import { errno } from '../../host/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECT,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_TRUNC,
  SEEK_CUR,
  SEEK_SET,
} from '../../host/constants.ts';
import { vfsCopyRange } from '../vfs/copy-range.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import { FileOperations, type CopyRange, type Iocb, type OpenFile } from '../vfs/open-file.ts';
import { aufsInode, partOf } from './aufs-inode.ts';
import type { Part } from './branch.ts';
import { copyUp } from './copy-up.ts';
import { refreshName } from './refresh.ts';

/** Opens what the topmost branch has of a regular file. Opening for writing copies nothing up: the first write does. */
export function openRegular(file: OpenFile): FileOperations | number {
  const { options } = aufsInode(file.dentry).sb;
  if ((file.flags & O_DIRECT) !== 0 && !options.dio) return -errno.EINVAL;
  const real = openPart(file, partOf(file.dentry));
  return typeof real === 'number' ? real : new RegularFileOperations(real);
}

/** A branch that is not written to has its file opened for reading, without a new access time. */
function openPart(file: OpenFile, part: Part): OpenFile | number {
  const flags = file.flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
  const readOnly = (flags & ~(O_ACCMODE | O_APPEND)) | O_NOATIME;
  return openPath(file.cred, part, part.branch.writable ? flags : readOnly);
}

/** One open file: what it reads is always the topmost part, also where that was copied up after the open. */
class RegularFileOperations extends FileOperations {
  #real: OpenFile;

  constructor(real: OpenFile) {
    super();
    this.#real = real;
  }

  /** The option was asked for before. */
  override canDirect(): boolean {
    return true;
  }

  override read(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    const real = this.#readable(file);
    if (typeof real === 'number') return real;
    const answer = real.ops.read(real, buffer, iocb);
    aufsInode(file.dentry).copyAttributes();
    return answer;
  }

  override write(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    return this.#change(file, (real) => real.ops.write(real, buffer, iocb));
  }

  /** The end of the file is where the union knows it to be; holes are the branch's to know. */
  override llseek(file: OpenFile, offset: number, whence: number): number {
    if (offset === 0 && whence === SEEK_CUR) return file.pos;
    if (whence === SEEK_SET || whence === SEEK_CUR) return super.llseek(file, offset, whence);
    const real = this.#readable(file);
    if (typeof real === 'number') return real;
    real.pos = file.pos;
    const answer = real.ops.llseek(real, offset, whence);
    if (answer >= 0) file.pos = answer;
    return answer;
  }

  /** A file that was opened for writing is copied up for it; one that was not has nothing to be synced. */
  override fsync(file: OpenFile, what: 'all' | 'data'): number {
    return file.writable ? this.#change(file, (real) => real.ops.fsync(real, what)) : 0;
  }

  override canFallocate(): boolean {
    return true;
  }

  override fallocate(cred: Credentials, file: OpenFile, mode: number, offset: number, length: number): number {
    return this.#change(file, (real) => {
      if (!real.ops.canFallocate()) return -errno.EOPNOTSUPP;
      return real.ops.fallocate(cred, real, mode, offset, length);
    });
  }

  override canCopyRange(): boolean {
    return true;
  }

  override copyRange(cred: Credentials, range: CopyRange): number {
    const { ops } = range.source;
    if (!(ops instanceof RegularFileOperations)) return -errno.EXDEV;
    return this.#change(range.target, (target) => {
      const source = ops.#readable(range.source);
      return typeof source === 'number' ? source : vfsCopyRange(cred, { ...range, source, target });
    });
  }

  override release(): void {
    closeFile(this.#real);
  }

  /** The open file of the topmost part. */
  #readable(file: OpenFile): OpenFile | number {
    const refreshed = refreshName(file.dentry);
    if (refreshed < 0) return refreshed;
    return this.#reopen(file, aufsInode(file.dentry).top);
  }

  #change(file: OpenFile, change: (real: OpenFile) => number): number {
    const part = copyUp(file.dentry);
    if (typeof part === 'number') return part;
    const real = this.#reopen(file, part);
    if (typeof real === 'number') return real;
    const answer = change(real);
    aufsInode(file.dentry).copyAttributes();
    return answer;
  }

  #reopen(file: OpenFile, part: Part): OpenFile | number {
    const real = this.#real;
    if (real.inode === part.dentry.inode && real.writable === (file.writable && part.branch.writable)) {
      real.flags = (real.flags & ~O_APPEND) | (file.flags & O_APPEND);
      return real;
    }
    const opened = openPart(file, part);
    if (typeof opened === 'number') return opened;
    closeFile(real);
    this.#real = opened;
    return opened;
  }
}
