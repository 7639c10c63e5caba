import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from './constants.ts';

/**
 * Where a stat call puts its answer: 8-byte slots that are read as doubles, but for the two numbers that use all 64 bits.
 * A caller keeps one and passes it to many calls, so that a stat allocates nothing.
 */
export interface StatBuffer {
  readonly numbers: Float64Array;
  readonly words: BigUint64Array;
}

/** The slots of a StatBuffer. `ino` and `blocks` are read from `words`, all others from `numbers`. */
export const StatSlot = {
  ino: 0,
  blocks: 1,
  dev: 2,
  mode: 3,
  nlink: 4,
  uid: 5,
  gid: 6,
  rdev: 7,
  size: 8,
  blksize: 9,
  atimeSec: 10,
  atimeNsec: 11,
  mtimeSec: 12,
  mtimeNsec: 13,
  ctimeSec: 14,
  ctimeNsec: 15,
} as const;

const statSlots = 16;

/** A new, zeroed StatBuffer. */
export function statBuffer(): StatBuffer {
  const bytes = new ArrayBuffer(statSlots * 8);
  return { numbers: new Float64Array(bytes), words: new BigUint64Array(bytes) };
}

/** What stat(2) answers. Times are whole seconds since 1970 (negative before) and nanoseconds from 0 to 999,999,999. */
export class Stat {
  readonly dev: number;
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  readonly blksize: number;
  /** Units of 512 bytes. */
  readonly blocks: bigint;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;

  constructor({ numbers, words }: StatBuffer) {
    this.dev = numbers[StatSlot.dev] ?? 0;
    this.ino = words[StatSlot.ino] ?? 0n;
    this.mode = numbers[StatSlot.mode] ?? 0;
    this.nlink = numbers[StatSlot.nlink] ?? 0;
    this.uid = numbers[StatSlot.uid] ?? 0;
    this.gid = numbers[StatSlot.gid] ?? 0;
    this.rdev = numbers[StatSlot.rdev] ?? 0;
    this.size = numbers[StatSlot.size] ?? 0;
    this.blksize = numbers[StatSlot.blksize] ?? 0;
    this.blocks = words[StatSlot.blocks] ?? 0n;
    this.atime = { sec: numbers[StatSlot.atimeSec] ?? 0, nsec: numbers[StatSlot.atimeNsec] ?? 0 };
    this.mtime = { sec: numbers[StatSlot.mtimeSec] ?? 0, nsec: numbers[StatSlot.mtimeNsec] ?? 0 };
    this.ctime = { sec: numbers[StatSlot.ctimeSec] ?? 0, nsec: numbers[StatSlot.ctimeNsec] ?? 0 };
  }

  /** The permission bits with set-id and sticky (07777). */
  get permissions(): number {
    return this.mode & 0o7777;
  }

  get type(): FileType {
    return fileType(this.mode);
  }
}

/** A point in time: whole seconds since 1970 (negative before) and nanoseconds from 0 to 999,999,999. */
export interface Timestamp {
  readonly sec: number;
  readonly nsec: number;
}

/** The types of files, in the words of `tree-dump`. */
export type FileType = 'file' | 'directory' | 'symlink' | 'character-device' | 'block-device' | 'fifo' | 'socket';

const fileTypes = new Map<number, FileType>([
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFCHR, 'character-device'],
  [S_IFBLK, 'block-device'],
  [S_IFIFO, 'fifo'],
  [S_IFSOCK, 'socket'],
]);

/** The type that the S_IFMT bits of a mode name. A mode without type bits is a regular file, as mknod(2) has it. */
export function fileType(mode: number): FileType {
  return fileTypes.get(mode & S_IFMT) ?? 'file';
}

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

export function isRegular(mode: number): boolean {
  return (mode & S_IFMT) === S_IFREG;
}

export function isSymlink(mode: number): boolean {
  return (mode & S_IFMT) === S_IFLNK;
}

export function isDevice(mode: number): boolean {
  return (mode & S_IFMT) === S_IFCHR || (mode & S_IFMT) === S_IFBLK;
}

/** The largest device numbers that Linux has: 12 bits of major, 20 of minor. */
export const MAJOR_MAX = 0xfff;
export const MINOR_MAX = 0xfffff;

/** A device number as stat(2) and mknod(2) carry it (new_encode_dev of the kernel). */
export function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

export function major(dev: number): number {
  return (dev >>> 8) & 0xfff;
}

export function minor(dev: number): number {
  return (dev & 0xff) | ((dev >>> 12) & 0xfff00);
}

/** What statfs(2) answers; sizes in blocks of `bsize` bytes. */
export interface Statfs {
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly fsid: bigint;
  readonly namelen: number;
  readonly frsize: number;
  readonly flags: number;
}

/** One entry of a directory as getdents64(2) has it. `off` is the position to seek to for the entry after it. */
export interface Dirent {
  readonly name: string;
  /** DT_*. */
  readonly type: number;
  readonly ino: bigint;
  readonly off: bigint;
}
