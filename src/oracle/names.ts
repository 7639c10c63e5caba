import * as constants from '../host/constants.ts';
import { errorCode, type ErrorCode } from '../host/errno.ts';

/** The words that traces use for what system calls say in numbers. */

/** The kinds of filesystems that traces lay below overlay. All but tmpfs lie on a disk. */
export const backingFilesystems = ['tmpfs', 'ext4', 'xfs', 'btrfs'] as const;
export type BackingFilesystem = (typeof backingFilesystems)[number];
export type DiskFilesystem = Exclude<BackingFilesystem, 'tmpfs'>;

/** Flags of open(2) as traces name them. */
export const openFlagOf = {
  O_RDONLY: constants.O_RDONLY,
  O_WRONLY: constants.O_WRONLY,
  O_RDWR: constants.O_RDWR,
  O_CREAT: constants.O_CREAT,
  O_EXCL: constants.O_EXCL,
  O_NOCTTY: constants.O_NOCTTY,
  O_TRUNC: constants.O_TRUNC,
  O_APPEND: constants.O_APPEND,
  O_NONBLOCK: constants.O_NONBLOCK,
  O_NDELAY: constants.O_NONBLOCK,
  O_DSYNC: constants.O_DSYNC,
  O_DIRECT: constants.O_DIRECT,
  O_LARGEFILE: constants.O_LARGEFILE,
  O_DIRECTORY: constants.O_DIRECTORY,
  O_NOFOLLOW: constants.O_NOFOLLOW,
  O_NOATIME: constants.O_NOATIME,
  O_CLOEXEC: constants.O_CLOEXEC,
  O_SYNC: constants.O_SYNC,
  O_RSYNC: constants.O_SYNC,
  O_PATH: constants.O_PATH,
  O_TMPFILE: constants.O_TMPFILE,
} as const;
export type OpenFlag = keyof typeof openFlagOf;

/** Flags of renameat2(2). */
export const renameFlagOf = {
  NOREPLACE: constants.RENAME_NOREPLACE,
  EXCHANGE: constants.RENAME_EXCHANGE,
  WHITEOUT: constants.RENAME_WHITEOUT,
} as const;
export type RenameFlag = keyof typeof renameFlagOf;

/** Flags of setxattr(2). */
export const xattrFlagOf = { create: constants.XATTR_CREATE, replace: constants.XATTR_REPLACE } as const;

/** What mknod(2) makes. */
export const nodeTypeOf = {
  reg: constants.S_IFREG,
  chr: constants.S_IFCHR,
  blk: constants.S_IFBLK,
  fifo: constants.S_IFIFO,
  sock: constants.S_IFSOCK,
} as const;

/** The names of a list of flags, or-ed together. */
export function flagBits<Name extends string>(table: Readonly<Record<Name, number>>, names: readonly Name[]): number {
  return names.reduce((bits, name) => bits | table[name], 0);
}

/** The letters of an access mode (`rw`); `f` asks for existence only. */
export function accessBits(letters: string): number {
  let bits = constants.F_OK;
  if (letters.includes('r')) bits |= constants.R_OK;
  if (letters.includes('w')) bits |= constants.W_OK;
  if (letters.includes('x')) bits |= constants.X_OK;
  return bits;
}

const fileTypeNames = new Map<number, string>([
  [constants.S_IFREG, 'reg'],
  [constants.S_IFDIR, 'dir'],
  [constants.S_IFLNK, 'lnk'],
  [constants.S_IFCHR, 'chr'],
  [constants.S_IFBLK, 'blk'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'sock'],
]);

/** The type in a stat result. */
export function fileTypeName(mode: number): string {
  return fileTypeNames.get(mode & constants.S_IFMT) ?? 'unknown';
}

const entryTypeNames = new Map<number, string>([
  [constants.DT_UNKNOWN, 'unknown'],
  [constants.DT_FIFO, 'fifo'],
  [constants.DT_CHR, 'chr'],
  [constants.DT_DIR, 'dir'],
  [constants.DT_BLK, 'blk'],
  [constants.DT_REG, 'reg'],
  [constants.DT_LNK, 'lnk'],
  [constants.DT_SOCK, 'sock'],
]);

/** The d_type of a directory entry; one without a name is its number, as the traces' writer has it. */
export function entryTypeName(type: number): string {
  return entryTypeNames.get(type) ?? String(type);
}

/** Python, in which the traces' writer is written, takes the second of two names that Linux has for one number. */
const pythonName: Partial<Record<ErrorCode, string>> = { EOPNOTSUPP: 'ENOTSUP', EDEADLK: 'EDEADLOCK' };
const linuxName: Readonly<Record<string, ErrorCode>> = {
  ENOTSUP: 'EOPNOTSUPP',
  EDEADLOCK: 'EDEADLK',
  EWOULDBLOCK: 'EAGAIN',
};

/** The name by which traces call the error of a system call's (negative) answer. */
export function errorName(answer: number): string {
  const code = errorCode(-answer);
  return code === undefined ? String(-answer) : (pythonName[code] ?? code);
}

/** Whether two names are the same error. */
export function sameError(one: string, other: string): boolean {
  return one === other || (linuxName[one] ?? one) === (linuxName[other] ?? other);
}
