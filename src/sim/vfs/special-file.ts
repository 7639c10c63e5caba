import { errno } from '../../host/errno.ts';
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT } from '../../host/constants.ts';
import { makedev } from '../../host/stat.ts';
import { touchAtime } from './atime.ts';
import { S_CTIME, S_MTIME, type Inode } from './inode.ts';
import { FileOperations, type Iocb, type OpenFile } from './open-file.ts';
import { mayWriteMount } from './permission.ts';

/**
 * Opens a device, fifo or socket (init_special_inode). There are the devices null and zero, and no other: ENXIO, as of a
 * driver that is not there. A socket cannot be opened (ENXIO).
 */
export function openSpecial(file: OpenFile): FileOperations | number {
  const { inode } = file;
  switch (inode.mode & S_IFMT) {
    case S_IFCHR:
      return characterDevices.get(inode.rdev) ?? -errno.ENXIO;
    case S_IFBLK:
      return -errno.ENXIO;
    case S_IFIFO:
      return openFifo(file);
    default:
      return -errno.ENXIO;
  }
}

/** A device that swallows what is written, and has either nothing or zeros to read. */
class MemoryDevice extends FileOperations {
  readonly #source: 'empty' | 'zeros';

  constructor(source: 'empty' | 'zeros') {
    super();
    this.#source = source;
  }

  override read(_file: OpenFile, buffer: Uint8Array, _iocb: Iocb): number {
    if (this.#source === 'empty') return 0;
    buffer.fill(0);
    return buffer.length;
  }

  override write(_file: OpenFile, buffer: Uint8Array, _iocb: Iocb): number {
    return buffer.length;
  }

  /** null_lseek: every seek succeeds and leads to the start. */
  override llseek(file: OpenFile, _offset: number, _whence: number): number {
    file.pos = 0;
    return 0;
  }
}

const characterDevices = new Map<number, FileOperations>([
  [makedev(1, 3), new MemoryDevice('empty')],
  [makedev(1, 5), new MemoryDevice('zeros')],
]);

/** Bytes that a pipe holds. */
const pipeCapacity = 65536;

/** A fifo that is open: the pipe behind all its open descriptions. */
class Pipe {
  readers = 0;
  writers = 0;
  pending = Buffer.alloc(0);
}

const pipes = new WeakMap<Inode, Pipe>();

/**
 * fifo_open. Where the kernel would wait for the other end, EAGAIN is answered, because nothing else can happen meanwhile in
 * a simulated machine; a write-only open with O_NONBLOCK is ENXIO without a reader, as it is on Linux.
 */
function openFifo(file: OpenFile): FileOperations | number {
  const pipe = pipes.get(file.inode);
  const access = file.flags & O_ACCMODE;
  const nonblocking = (file.flags & O_NONBLOCK) !== 0;
  if (access === O_ACCMODE) return -errno.EINVAL;
  if (access === O_RDONLY && (pipe?.writers ?? 0) === 0 && !nonblocking) return -errno.EAGAIN;
  if (access === O_WRONLY && (pipe?.readers ?? 0) === 0) return nonblocking ? -errno.ENXIO : -errno.EAGAIN;
  return joinFifo(file);
}

/** Opens an end of a fifo without a look at the other: also for the files of a restored machine. */
export function joinFifo(file: OpenFile): FileOperations {
  const pipe = pipes.get(file.inode) ?? new Pipe();
  if (file.readable) pipe.readers += 1;
  if (file.writable) pipe.writers += 1;
  pipes.set(file.inode, pipe);
  return new PipeOperations(pipe);
}

/** One end of a fifo. What is in it goes with the last open description, and is not kept by a saved machine. */
class PipeOperations extends FileOperations {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
  }

  override read(file: OpenFile, buffer: Uint8Array, _iocb: Iocb): number {
    const { pending, writers } = this.#pipe;
    if (buffer.length === 0) return 0;
    if (pending.length === 0) return writers === 0 ? 0 : -errno.EAGAIN;
    const count = pending.copy(buffer);
    this.#pipe.pending = pending.subarray(count);
    touchAtime(file);
    return count;
  }

  override write(file: OpenFile, buffer: Uint8Array, _iocb: Iocb): number {
    const { pending, readers } = this.#pipe;
    if (readers === 0) return -errno.EPIPE;
    const count = Math.min(buffer.length, pipeCapacity - pending.length);
    if (count === 0 && buffer.length > 0) return -errno.EAGAIN;
    this.#pipe.pending = Buffer.concat([pending, buffer.subarray(0, count)]);
    if (count > 0 && mayWriteMount(file.mount) === 0) file.inode.updateTime(S_MTIME | S_CTIME);
    return count;
  }

  override isSeekable(): boolean {
    return false;
  }

  override release(file: OpenFile): void {
    const pipe = this.#pipe;
    if (file.readable) pipe.readers -= 1;
    if (file.writable) pipe.writers -= 1;
    if (pipe.readers === 0 && pipe.writers === 0) pipe.pending = Buffer.alloc(0);
  }
}
