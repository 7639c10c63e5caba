import { errno } from '../../host/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  SEEK_CUR,
  SEEK_SET,
} from '../../host/constants.ts';
import { touchAtime } from '../vfs/atime.ts';
import { fileRemovePrivs } from '../vfs/attr.ts';
import { vfsCopyRange } from '../vfs/copy-range.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { closeFile, openPath } from '../vfs/file.ts';
import { pathInode } from '../vfs/mount.ts';
import { FileOperations, type CopyRange, type Iocb, type OpenFile } from '../vfs/open-file.ts';
import { inodePermission, MAY_APPEND, MAY_OPEN, MAY_READ, MAY_WRITE, ownerOrCapable } from '../vfs/permission.ts';
import { copyUpForOpen } from './copy-up.ts';
import { PATH_MERGE, PATH_UPPER } from './flags.ts';
import { LayerPath } from './layer.ts';
import { verifyLowerdata } from './lowerdata.ts';
import { overlayInode, type OverlayInode } from './overlay-inode.ts';

/** Opens a regular file: copies it up if it will be changed, then opens the object that holds its data (ovl_open). */
export function openRegular(file: OpenFile): FileOperations | number {
  const { dentry } = file;
  const answer = verifyLowerdata(dentry) || copyUpForOpen(dentry, file.flags);
  if (answer < 0) return answer;
  const inode = overlayInode(dentry);
  const path = dataPath(inode);
  if (path === undefined) return -errno.EIO;
  const real = openRealFile(inode, path, file.flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC));
  return typeof real === 'number' ? real : new RegularFileOperations(inode, real);
}

/** Where the data of a file is: above, or below where only its metadata was copied up (ovl_path_realdata). */
function dataPath(inode: OverlayInode): LayerPath | undefined {
  const { upper, sb, pathType } = inode;
  if ((pathType & PATH_UPPER) === 0 || (pathType & PATH_MERGE) !== 0) return inode.lowerdata;
  return upper === null || sb.upperLayer === undefined ? undefined : new LayerPath(sb.upperLayer, upper);
}

const accessMasks = new Map([
  [O_RDONLY, MAY_READ],
  [O_WRONLY, MAY_WRITE],
  [O_RDWR, MAY_READ | MAY_WRITE],
  [O_ACCMODE, MAY_READ | MAY_WRITE],
]);

/** ovl_open_realfile: as the mounter, without access times below (R86). */
function openRealFile(inode: OverlayInode, path: LayerPath, flags: number): OpenFile | number {
  const { creator } = inode.sb;
  const real = pathInode(path);
  const append = (flags & O_APPEND) !== 0 ? MAY_APPEND : 0;
  const mask = (accessMasks.get(flags & O_ACCMODE) ?? 0) | append;
  const answer = inodePermission(creator, real, MAY_OPEN | mask);
  if (answer < 0) return answer;
  const noAtime = ownerOrCapable(creator, real) ? O_NOATIME : 0;
  return openPath(creator, path, (flags & ~O_NOATIME) | noAtime);
}

/** One open file (struct ovl_file): what it reads and writes is in the layer that has the data at that moment (R102). */
class RegularFileOperations extends FileOperations {
  readonly #inode: OverlayInode;
  readonly #real: OpenFile;
  /** The object that the data came to be in after the open. */
  #later: OpenFile | undefined;
  readonly #iocb: { readonly cred: Credentials; pos: number; append: boolean };

  constructor(inode: OverlayInode, real: OpenFile) {
    super();
    this.#inode = inode;
    this.#real = real;
    this.#iocb = { cred: inode.sb.creator, pos: 0, append: false };
  }

  override canDirect(): boolean {
    return true;
  }

  override read(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    if (buffer.length === 0) return 0;
    const real = this.#realFile(file);
    if (typeof real === 'number') return real;
    const answer = real.ops.read(real, buffer, this.#take(iocb));
    iocb.pos = this.#iocb.pos;
    this.#accessed(file);
    return answer;
  }

  override write(file: OpenFile, buffer: Uint8Array, iocb: Iocb): number {
    if (buffer.length === 0) return 0;
    return this.#change(file, iocb.cred, (real) => {
      const answer = real.ops.write(real, buffer, this.#take(iocb));
      iocb.pos = this.#iocb.pos;
      return answer;
    });
  }

  override llseek(file: OpenFile, offset: number, whence: number): number {
    if (offset === 0 && whence === SEEK_CUR) return file.pos;
    if (offset === 0 && whence === SEEK_SET) {
      file.pos = 0;
      return 0;
    }
    const real = this.#realFile(file);
    if (typeof real === 'number') return real;
    real.pos = file.pos;
    const answer = real.ops.llseek(real, offset, whence);
    file.pos = real.pos;
    return answer;
  }

  /** R86, R196: what is below is not synced, nor anything of a volatile mount. */
  override fsync(file: OpenFile, extent: 'data' | 'all'): number {
    const { sb, upper } = this.#inode;
    if (!sb.syncs) return 0;
    const real = this.#realFile(file);
    if (typeof real === 'number') return real;
    return real.inode === upper?.inode ? real.ops.fsync(real, extent) : 0;
  }

  override canFallocate(): boolean {
    return true;
  }

  override fallocate(cred: Credentials, file: OpenFile, mode: number, offset: number, length: number): number {
    return this.#change(file, cred, (real) => {
      if (!real.ops.canFallocate()) return -errno.EOPNOTSUPP;
      return real.ops.fallocate(this.#inode.sb.creator, real, mode, offset, length);
    });
  }

  override clone(cred: Credentials, file: OpenFile, from: OpenFile): number {
    const source = realFileOf(from);
    if (typeof source === 'number') return source;
    return this.#change(file, cred, (real) => {
      if (real.dentry.sb !== source.dentry.sb) return -errno.EXDEV;
      return real.ops.clone(this.#inode.sb.creator, real, source);
    });
  }

  override canCopyRange(): boolean {
    return true;
  }

  /** Between the files that have the data: EXDEV where these lie on two filesystems (ovl_copyfile). */
  override copyRange(cred: Credentials, range: CopyRange): number {
    return this.#change(range.target, cred, (target) => {
      const source = realFileOf(range.source);
      return typeof source === 'number' ? source : vfsCopyRange(this.#inode.sb.creator, { ...range, source, target });
    });
  }

  override release(): void {
    closeFile(this.#real);
    if (this.#later !== undefined) closeFile(this.#later);
  }

  /** The open file in the layer that has the data now (ovl_real_file). */
  #realFile(file: OpenFile): OpenFile | number {
    const found = verifyLowerdata(file.dentry);
    if (found < 0) return found;
    const path = dataPath(this.#inode);
    if (path === undefined) return -errno.EIO;
    const inode = pathInode(path);
    const opened = this.#real.inode === inode ? this.#real : this.#later;
    if (opened?.inode !== inode) return this.#openLater(file, path);
    opened.flags = (file.flags & settable) | (opened.flags & ~settable);
    return opened;
  }

  /** R102: it was copied up since. */
  #openLater(file: OpenFile, path: LayerPath): OpenFile | number {
    const opened = openRealFile(this.#inode, path, file.flags);
    if (typeof opened === 'number') return opened;
    if (this.#later !== undefined) closeFile(this.#later);
    this.#later = opened;
    return opened;
  }

  /** For `realFileOf`. */
  realFile(file: OpenFile): OpenFile | number {
    return this.#realFile(file);
  }

  #take(iocb: Iocb): Iocb {
    this.#iocb.pos = iocb.pos;
    this.#iocb.append = iocb.append;
    return this.#iocb;
  }

  /** Set-id bits are the caller's to lose (R105), all else is done as the mounter. */
  #change(file: OpenFile, cred: Credentials, change: (real: OpenFile) => number): number {
    this.#inode.copyAttributes();
    const removed = fileRemovePrivs(cred, file);
    if (removed < 0) return removed;
    const real = this.#realFile(file);
    if (typeof real === 'number') return real;
    const answer = change(real);
    this.#inode.copyAttributes();
    return answer;
  }

  /** Access times are kept in the upper layer only (ovl_file_accessed). */
  #accessed(file: OpenFile): void {
    if ((file.flags & O_NOATIME) !== 0 || this.#inode.upper === null) return;
    this.#inode.copyAttributes();
    touchAtime(file);
  }
}

/** Flags that fcntl(2) may change while a file is open. */
const settable = O_APPEND;

/** The real file under an open file of an overlay; EXDEV for one of another filesystem. */
function realFileOf(file: OpenFile): OpenFile | number {
  return file.ops instanceof RegularFileOperations ? file.ops.realFile(file) : -errno.EXDEV;
}
