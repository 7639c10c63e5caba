import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { check } from '../host/check.ts';
import {
  AT_FDCWD,
  CLONE_FS,
  CLONE_NEWNS,
  MNT_DETACH,
  MS_PRIVATE,
  MS_REC,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
} from '../host/constants.ts';
import { linuxHost, type LinuxHostResult } from '../host/linux/index.ts';
import { readText } from '../host/linux/read-text.ts';
import { pathFromText, textFromPath, type Path } from '../host/path.ts';
import type { SyscallHost } from '../host/syscall-host.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { assumeIds } from './assume-ids.ts';
import { mountFreshDisk } from './disk.ts';
import { superOptionsAt } from './mountinfo-line.ts';
import type { DiskFilesystem } from './names.ts';
import type { Machine, MachineProcess, ProcessInit, ReplayTarget } from './target.ts';

export type LinuxTargetResult =
  { readonly ok: true; readonly target: ReplayTarget } | { readonly ok: false; readonly reason: string };

/**
 * The running kernel as a target. Needs root, and takes the calling thread: it gets a mount namespace, root, working
 * directory and umask of its own for good, and between boot() and shutdown() it stands in the machine's root as whoever
 * made the last call. So nothing else may run on this thread meanwhile; replayFiles gives it a process.
 */
export function linuxTarget(): LinuxTargetResult {
  const usable = usableHost();
  if (!usable.ok) return usable;
  const { host } = usable;
  check(host.calls.unshare(CLONE_NEWNS | CLONE_FS), 'unshare');
  check(host.calls.mount(undefined, '/', undefined, MS_REC | MS_PRIVATE, undefined), 'mount', '/');
  return { ok: true, target: new LinuxTarget(host) };
}

/** Why the running kernel is no target here; `undefined` if it is one. Changes nothing of this thread. */
export function whyNoLinuxTarget(): string | undefined {
  const usable = usableHost();
  return usable.ok ? undefined : usable.reason;
}

function usableHost(): LinuxHostResult {
  const result = linuxHost();
  if (!result.ok) return result;
  const { calls, system } = result.host;
  if (calls.geteuid() !== 0) return { ok: false, reason: 'traces mount, make devices and change ids: this takes root' };
  if (system.inUserNamespace()) return { ok: false, reason: 'root of a user namespace can make no device nodes' };
  return result;
}

class LinuxTarget implements ReplayTarget {
  readonly name = 'linux';
  readonly #host: SyscallHost;
  /**
   * Where machines are mounted: over the directory for temporary files, in the thread's own mount namespace, so that
   * nothing is left of them however the process ends.
   */
  readonly #place: Path;
  readonly #outside: Outside;

  constructor(host: SyscallHost) {
    this.#host = host;
    this.#place = pathFromText(realpathSync(tmpdir()));
    this.#outside = {
      ...outsideOf(host.calls),
      root: openDirectory(host.calls, '/'),
      cwd: openDirectory(host.calls, '.'),
      mounts: mountsAt(host, this.#place),
    };
  }

  get kernel(): string {
    return this.#host.system.kernelRelease();
  }

  get notes(): readonly string[] {
    return Object.entries(recordedSettings).flatMap(([name, recorded]) => {
      const here = readFileSync(`/proc/sys/fs/${name}`, 'latin1').trim();
      return here === recorded ? [] : [`fs.${name} is ${here} here, traces were recorded with ${recorded}`];
    });
  }

  boot(): Machine {
    check(this.#host.calls.mount('machine', this.#place, 'tmpfs', 0, 'mode=755'), 'mount', this.#place);
    return new LinuxMachine(this.#host, this.#place, this.#outside);
  }

  close(): void {
    this.#host.calls.close(this.#outside.root);
    this.#host.calls.close(this.#outside.cwd);
  }
}

/** The sysctls that decide results of traces, as they were when the traces were recorded. */
const recordedSettings = {
  protected_hardlinks: '1',
  protected_symlinks: '0',
  protected_fifos: '0',
  protected_regular: '0',
} as const;

/** Where a process stands and who it is: all that the kernel keeps of a process, its descriptors aside. */
interface Standing {
  /** Descriptors of its root and working directory. */
  root: number;
  cwd: number;
  umask: number;
  groups: readonly number[];
  /** Real and effective ids. The saved uid is 0, so that the thread can become another process. */
  uid: number;
  gid: number;
  effectiveUid: number;
  effectiveGid: number;
}

/** The thread between two machines. */
interface Outside extends Standing {
  /** How many mounts are stacked where machines are mounted. */
  readonly mounts: number;
}

function mountsAt({ mount }: SyscallHost, place: Path): number {
  return mount.table().filter(({ target }) => target === place).length;
}

function outsideOf(calls: Syscalls): Omit<Standing, 'root' | 'cwd'> {
  const umask = calls.umask(0);
  calls.umask(umask);
  return { umask, groups: process.getgroups?.() ?? [], uid: 0, gid: 0, effectiveUid: 0, effectiveGid: 0 };
}

function openDirectory(calls: Syscalls, path: string): number {
  return check(calls.openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0), 'open', path);
}

/**
 * A tmpfs as the root of a machine. All its processes are played by one thread, which takes
 * over root, working directory, mask and ids of the process whose turn it is: to the kernel these make the process.
 */
class LinuxMachine implements Machine {
  readonly #host: SyscallHost;
  readonly #place: Path;
  readonly #outside: Outside;
  readonly #processes = new Set<LinuxProcess>();
  #current: Standing;
  #moved = false;

  constructor(host: SyscallHost, place: Path, outside: Outside) {
    this.#host = host;
    this.#place = place;
    this.#outside = outside;
    this.#current = outside;
  }

  start(init: ProcessInit): MachineProcess {
    const process = new LinuxProcess(this, this.#standingOf(init));
    this.#processes.add(process);
    return process;
  }

  mountDisk(kind: DiskFilesystem, at: string): number {
    this.become(this.#outside);
    mountFreshDisk(kind, `${textFromPath(this.#place)}/.disk`, textFromPath(this.#place) + at);
    return 0;
  }

  superOptions(at: string): string {
    this.become(this.#outside);
    const target = at === '/' ? this.#place : this.#place + at;
    return superOptionsAt(readText(this.#host.calls, '/proc/thread-self/mountinfo'), target);
  }

  shutdown(): void {
    this.become(this.#outside);
    for (const process of [...this.#processes]) process.exit();
    // What was mounted over the machine's root stands above it here, and goes first.
    do {
      check(this.#host.calls.umount2(this.#place, MNT_DETACH), 'umount2', this.#place);
    } while (mountsAt(this.#host, this.#place) > this.#outside.mounts);
  }

  /** Makes the thread this process, if it is another; answers the system calls that it then makes. */
  become(standing: Standing): Syscalls {
    const { calls } = this.#host;
    if (standing === this.#current) return calls;
    this.#leave();
    check(calls.fchdir(standing.root), 'fchdir');
    check(calls.chroot('.'), 'chroot');
    check(calls.fchdir(standing.cwd), 'fchdir');
    check(calls.setgroups(standing.groups), 'setgroups');
    check(calls.setresgid(standing.gid, standing.effectiveGid, 0), 'setresgid');
    check(calls.setresuid(standing.uid, standing.effectiveUid, 0), 'setresuid');
    calls.umask(standing.umask);
    this.#current = standing;
    return calls;
  }

  /** chdir(2) by the process whose turn it is. What it leaves is not held any longer, so that it can be unmounted. */
  chdir(path: string): number {
    const { calls } = this.#host;
    const answer = calls.chdir(path);
    if (answer < 0 || this.#moved) return answer;
    calls.close(this.#current.cwd);
    this.#moved = true;
    return answer;
  }

  /** Ends a process: the thread must not stand in its directories. */
  end(process: LinuxProcess, standing: Standing): void {
    this.become(this.#outside);
    this.#processes.delete(process);
    this.#host.calls.close(standing.root);
    this.#host.calls.close(standing.cwd);
  }

  /** Becomes root again; what the process whose turn ends has changed of itself is noted. */
  #leave(): void {
    const { calls } = this.#host;
    check(calls.setresuid(-1, 0, -1), 'setresuid');
    check(calls.setresuid(0, 0, 0), 'setresuid');
    check(calls.setresgid(0, 0, 0), 'setresgid');
    this.#current.umask = calls.umask(0);
    if (!this.#moved) return;
    this.#current.cwd = openDirectory(calls, '.');
    this.#moved = false;
  }

  #standingOf({ root, cwd, umask, groups, uid, gid }: ProcessInit): Standing {
    const calls = this.become(this.#outside);
    const rootFd = openDirectory(calls, this.#place + root);
    // The working directory is looked up by root, inside of the process's root.
    const inside = { ...this.#outside, root: rootFd, cwd: rootFd, umask: 0 };
    try {
      const cwdFd = openDirectory(this.become(inside), cwd);
      return { root: rootFd, cwd: cwdFd, umask, groups, uid, gid, effectiveUid: uid, effectiveGid: gid };
    } catch (error) {
      this.become(this.#outside).close(rootFd);
      throw error;
    }
  }
}

class LinuxProcess implements MachineProcess {
  readonly ownsDescriptors = false;
  readonly #machine: LinuxMachine;
  readonly #standing: Standing;

  constructor(machine: LinuxMachine, standing: Standing) {
    this.#machine = machine;
    this.#standing = standing;
  }

  get calls(): Syscalls {
    return this.#machine.become(this.#standing);
  }

  chdir(path: string): number {
    this.#machine.become(this.#standing);
    return this.#machine.chdir(path);
  }

  umask(mask: number): number {
    return this.calls.umask(mask);
  }

  assume(uid: number, gid: number): void {
    assumeIds(this.calls, uid, gid);
    this.#standing.effectiveUid = uid;
    this.#standing.effectiveGid = gid;
  }

  exit(): void {
    this.#machine.end(this, this.#standing);
  }
}
