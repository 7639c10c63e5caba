import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Syscalls } from '../syscalls.ts';

/** The calls of `Syscalls` that the addon answers as they are. */
type DirectCall =
  | 'openat2'
  | 'openat'
  | 'close'
  | 'dup'
  | 'read'
  | 'pread'
  | 'write'
  | 'pwrite'
  | 'lseek'
  | 'ftruncate'
  | 'fallocate'
  | 'copy_file_range'
  | 'ficlone'
  | 'fsgetxattr'
  | 'fssetxattr'
  | 'quotactl'
  | 'fsync'
  | 'fdatasync'
  | 'syncfs'
  | 'flock'
  | 'faccessat2'
  | 'mkdirat'
  | 'mknodat'
  | 'symlinkat'
  | 'linkat'
  | 'unlinkat'
  | 'renameat2'
  | 'readlinkat'
  | 'fchmod'
  | 'fchownat'
  | 'fchown'
  | 'utimensat'
  | 'truncate'
  | 'fsetxattr'
  | 'fremovexattr'
  | 'mount'
  | 'mountFrom'
  | 'umount2'
  | 'fsopen'
  | 'fspick'
  | 'fsconfig'
  | 'fsmount'
  | 'move_mount'
  | 'open_tree'
  | 'getcwd'
  | 'chdir'
  | 'fchdir'
  | 'chroot'
  | 'umask'
  | 'unshare'
  | 'getuid'
  | 'geteuid'
  | 'getgid'
  | 'getegid'
  | 'setresuid'
  | 'setresgid';

/**
 * The functions of the addon (native/), one a system call, each answering as `Syscalls` says: a number, negative for an
 * errno. They throw a TypeError for an argument of the wrong type. What a call answers in a structure, it writes into the
 * caller's typed array.
 */
export interface Binding extends Pick<Syscalls, DirectCall> {
  /** Fills `records` with struct linux_dirent64; answers how many bytes. */
  getdents64(fd: number, records: Uint8Array): number;
  /** `out` is the `numbers` of a StatBuffer. */
  fstatat(dirfd: number, path: string, out: Float64Array, flags: number): number;
  /** `out` has a slot for each of StatfsSlot. */
  statfs(path: string, out: Float64Array): number;
  fstatfs(fd: number, out: Float64Array): number;
  /** Fills `handle`, of at least handleSize bytes, with a struct file_handle. */
  name_to_handle_at(dirfd: number, path: string, handle: Uint8Array, flags: number): number;
  /** The older calls, without flags. */
  faccessat(dirfd: number, path: string, mode: number): number;
  fchmodat(dirfd: number, path: string, mode: number): number;
  /** Since Linux 6.6. */
  fchmodat2(dirfd: number, path: string, mode: number, flags: number): number;

  getxattr(path: string, name: string, value: Uint8Array): number;
  lgetxattr(path: string, name: string, value: Uint8Array): number;
  fgetxattr(fd: number, name: string, value: Uint8Array): number;
  /** This and the other `*xattrat`: since Linux 6.13. */
  getxattrat(dirfd: number, path: string, flags: number, name: string, value: Uint8Array): number;
  setxattr(path: string, name: string, value: Uint8Array, xattrFlags: number): number;
  lsetxattr(path: string, name: string, value: Uint8Array, xattrFlags: number): number;
  setxattrat(dirfd: number, path: string, flags: number, name: string, value: Uint8Array, xattrFlags: number): number;
  listxattr(path: string, list: Uint8Array): number;
  llistxattr(path: string, list: Uint8Array): number;
  flistxattr(fd: number, list: Uint8Array): number;
  listxattrat(dirfd: number, path: string, flags: number, list: Uint8Array): number;
  removexattr(path: string, name: string): number;
  lremovexattr(path: string, name: string): number;
  removexattrat(dirfd: number, path: string, flags: number, name: string): number;

  /** `groups` holds the ids as 32-bit words. */
  setgroups(groups: Uint8Array): number;
  /** CLOCK_REALTIME, as seconds and nanoseconds. */
  clock_gettime(out: Float64Array): number;
  /** Fills `bytes`, whole where they are 256 at most and `flags` is 0. */
  getrandom(bytes: Uint8Array, flags: number): number;
  pageSize(): number;
}

/** The slots that statfs and fstatfs fill. `fsid` is an integer of 64 bits, all others are doubles. */
export const StatfsSlot = {
  fsid: 0,
  type: 1,
  bsize: 2,
  blocks: 3,
  bfree: 4,
  bavail: 5,
  files: 6,
  ffree: 7,
  namelen: 8,
  frsize: 9,
  flags: 10,
} as const;

export const statfsSlots = 11;

/** Bytes of the largest struct file_handle: two words and MAX_HANDLE_SZ. */
export const handleSize = 8 + 128;

export type BindingResult =
  { readonly ok: true; readonly binding: Binding } | { readonly ok: false; readonly reason: string };

/** The variable that names another build of the addon than native/build/Release, for instance one with sanitizers. */
const addonVariable = 'GRAPHDRIVER_ADDON';

let loaded: BindingResult | undefined;

/** The addon, loaded at the first call; where it cannot be, the reason, which ends with what to do about it. */
export function loadBinding(): BindingResult {
  loaded ??= load();
  return loaded;
}

function load(): BindingResult {
  if (process.platform !== 'linux') return { ok: false, reason: `this is ${process.platform}, not Linux` };
  const file = process.env[addonVariable] ?? releaseBuild();
  if (!existsSync(file))
    return { ok: false, reason: `${file} does not exist; "npm run build:native" in its package builds it` };
  try {
    // What the file exports is native/, whose tests check it against the interface above. node:module would take longer to load.
    const addon: { exports: unknown } = { exports: {} };
    process.dlopen(addon, file);
    return { ok: true, binding: addon.exports as Binding };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      reason: `${file} cannot be loaded: ${why}; "npm run build:native" in its package builds it anew`,
    };
  }
}

/** Three folders up from src/host/linux as from dist/host/linux. */
function releaseBuild(): string {
  return join(import.meta.dirname, '../../../native/build/Release/graphdriver.node');
}
