import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../host/constants.ts';
import type { Dirent } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { CountedDescriptors, LowestFreeDescriptors, OwnDescriptors, type Descriptors } from './descriptors.ts';
import type { MachineProcess } from './target.ts';

/** How a trace numbers descriptors: counted over the whole trace, or as the process's real ones. */
export type Numbering = 'counted' | 'posix';

/** A directory that a process has opened with opendir. */
export interface DirectoryHandle {
  readonly fd: number;
  /** What the last getdents64(2) answered and readent has not yet. */
  pending: readonly Dirent[];
}

/** The descriptors of standard input, output and error. */
const standardDescriptors = 3;

/** A process of a trace: that of the machine, and what the trace knows it by. */
export class Process {
  readonly descriptors: Descriptors;
  /** Directory handles by number. */
  readonly directories = new Map<number, DirectoryHandle>();
  readonly #machine: MachineProcess;
  #effective = '0:0';

  constructor(machine: MachineProcess, numbering: Numbering) {
    this.#machine = machine;
    this.descriptors = descriptorsFor(machine, numbering);
    if (numbering === 'posix') this.#occupyStandardDescriptors();
  }

  get calls(): Syscalls {
    return this.#machine.calls;
  }

  chdir(path: string): number {
    return this.#machine.chdir(path);
  }

  umask(mask: number): number {
    return this.#machine.umask(mask);
  }

  /** Takes these effective ids, if it has not got them. */
  assume(uid: number, gid: number): void {
    const wanted = `${uid}:${gid}`;
    if (wanted === this.#effective) return;
    this.#machine.assume(uid, gid);
    this.#effective = wanted;
  }

  /** The lowest number, from 1, that no directory handle has. */
  freeDirectory(): number {
    let number = 1;
    while (this.directories.has(number)) number += 1;
    return number;
  }

  end(): void {
    for (const kernel of [...this.descriptors.open()]) this.calls.close(kernel);
    this.#machine.exit();
  }

  /** Traces do nothing with these but close them, so anything that is open will do. */
  #occupyStandardDescriptors(): void {
    for (let number = 0; number < standardDescriptors; number += 1) {
      this.descriptors.add(this.calls.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0));
    }
  }
}

function descriptorsFor(machine: MachineProcess, numbering: Numbering): Descriptors {
  if (numbering === 'counted') return new CountedDescriptors();
  return machine.ownsDescriptors ? new OwnDescriptors() : new LowestFreeDescriptors();
}
