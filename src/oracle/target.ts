import type { Path } from '../host/path.ts';
import type { Syscalls } from '../host/syscalls.ts';
import type { DiskFilesystem } from './names.ts';

/**
 * What a trace is replayed on: the simulated kernel or the real one. A trace asks little of it: a machine of its own, and
 * processes there.
 */
export interface ReplayTarget {
  readonly name: 'sim' | 'linux';
  /** The kernel's release, for instance `6.18.44`. */
  readonly kernel: string;
  /** What may explain a divergence here and is no fault of the kernel, a line each. */
  readonly notes: readonly string[];
  /** A machine with an empty root directory (mode 0755) and nothing mounted below. */
  boot(): Machine;
  /** Lets go of what the target itself holds. */
  close(): void;
}

/** One machine, for one trace. */
export interface Machine {
  /** Starts a process. Throws SystemError where its root or working directory cannot be entered. */
  start(init: ProcessInit): MachineProcess;
  /**
   * Mounts a fresh, empty filesystem of a disk, its root mode 0755, on a directory that is there: 0 or a negative errno.
   */
  mountDisk(kind: DiskFilesystem, at: string): number;
  /**
   * The options of the superblock that is mounted topmost at a path: the last field of its line in /proc/self/mountinfo,
   * with the octal escapes that the kernel puts there.
   */
  superOptions(at: string): string;
  /** Ends all processes, unmounts everything and forgets it. */
  shutdown(): void;
}

/** What a process begins with. Its real, effective and saved ids are the same; root has all capabilities, others none. */
export interface ProcessInit {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  /** Its root directory, a path of the machine. */
  readonly root: Path;
  /** Its working directory, a path below its root; entered by root, whoever the process is. */
  readonly cwd: Path;
}

/**
 * A process. The calls that change what it is (its ids, directory, mask) go through the process, all others through
 * `calls`.
 */
export interface MachineProcess {
  /**
   * The system calls as this process makes them. To be asked for before each call, because on a real kernel one thread
   * plays all processes in turn.
   */
  readonly calls: Syscalls;
  /**
   * Whether descriptor numbers are this process's own, beginning at 3. Where they are not, the replayer gives the numbers
   * that Linux would.
   */
  readonly ownsDescriptors: boolean;
  /** chdir(2). */
  chdir(path: string): number;
  /** umask(2). */
  umask(mask: number): number;
  /** Makes these the effective ids; those of a process that began as root. Uid 0 makes it root again. */
  assume(uid: number, gid: number): void;
  /** Ends the process. Its descriptors are the caller's to close before. */
  exit(): void;
}
