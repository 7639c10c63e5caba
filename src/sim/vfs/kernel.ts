import type { Credentials, UserNamespace } from './credentials.ts';
import type { OpenFile } from './open-file.ts';
import type { Mount, VfsPath } from './mount.ts';

/** What a filesystem may ask of the machine that it runs in. */
export interface Kernel {
  readonly clock: Clock;
  readonly profile: KernelProfile;
  /** The initial user namespace. */
  readonly initialUserNamespace: UserNamespace;
  /** The file mode creation mask of the process whose system call is being answered (current_umask). */
  readonly umask: number;
  /** The credentials of that process (current_cred). Only for what must not be done with the credentials passed in. */
  readonly currentCredentials: Credentials;
  /** Random bytes, the same in every run of the machine. */
  randomBytes(length: number): Uint8Array;
  /** A random whole number below 2^32 (get_random_u32). */
  randomWord(): number;
  /** A line for the kernel log (dmesg), without a newline. */
  log(line: string): void;
  /** A device number that no superblock has: major 0 (get_anon_bdev). */
  takeAnonymousDevice(): number;
  /** Takes a number that a restored superblock had. */
  reserveDevice(dev: number): void;
  /** Hands the number of a superblock that is gone back. */
  freeAnonymousDevice(dev: number): void;
  /** The next number of a superblock, in order of creation. */
  nextSuperblockId(): number;
  /**
   * Looks a path up with the root and working directory of the current process (kern_path). `lookup` is a set of LOOKUP_* (lookup.ts).
   */
  kernPath(path: string, lookup: number): VfsPath | number;
  /** The same, with credentials other than the current process's. */
  kernPathAs(cred: Credentials, path: string, lookup: number): VfsPath | number;
  /** The path of a place as the current process sees it, a byte string (d_path). */
  dPath(path: VfsPath): string;
  /** A mount of its own of the tree at `path`, in no namespace (clone_private_mount). EINVAL where that is not allowed. */
  clonePrivateMount(path: VfsPath): Mount | number;
  /** Gives up a mount of clonePrivateMount. The superblock goes with its last mount (mntput). */
  releasePrivateMount(mount: Mount): void;
  /** Whether a mounted filesystem lies on this path in the current mount namespace. */
  isMountpoint(path: VfsPath): boolean;
  /** All open descriptions of all processes. */
  openFiles(): Iterable<OpenFile>;
}

/** The clock of a simulated machine. It moves only by what the machine does. */
export interface Clock {
  /** Whole seconds since 1970, of the present moment as files see it (current_time, cut to the clock's granularity). */
  readonly sec: number;
  /** Nanoseconds, 0 to 999,999,999. */
  readonly nsec: number;
}

/** Which kernel, with which settings, a machine imitates: plain data. */
export interface KernelProfile {
  readonly name: string;
  /** uname's release. */
  readonly release: string;
  /** Bytes. */
  readonly pageSize: number;
  /** /proc/sys/fs/protected_hardlinks and its siblings. */
  readonly protectedHardlinks: boolean;
  readonly protectedSymlinks: boolean;
  readonly protectedRegular: 0 | 1 | 2;
  readonly protectedFifos: 0 | 1 | 2;
  /** Whether the first process lives in a user namespace other than the first. */
  readonly inUserNamespace: boolean;
  /** /sys/module/MODULE/parameters/NAME. */
  readonly moduleParameters: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The filesystem types of /proc/filesystems, in its order; a type that the simulator has no code for cannot be mounted. */
  readonly filesystems: readonly FilesystemEntry[];
  /** The filesystem of the machine's root directory: a type, and the options it is mounted with. */
  readonly rootFilesystem: { readonly type: string; readonly options: string };
  /** Whether fsopen(2) and the other calls of the new mount API are there (Linux 5.2; lowerdir+ needs 6.7). */
  readonly newMountApi: boolean;
  /** CONFIG_QUOTA; without it quotactl(2) is ENOSYS. */
  readonly quotas: boolean;
  /** Total bytes of memory: tmpfs takes half of it as its default size. */
  readonly memoryBytes: number;
}

/** One line of /proc/filesystems. */
export interface FilesystemEntry {
  readonly name: string;
  /** `nodev`: not on a block device. */
  readonly nodev: boolean;
}
