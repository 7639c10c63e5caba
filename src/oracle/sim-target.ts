import { SystemError } from '../host/error.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { SimMachine, type Process } from '../sim/index.ts';
import { assumeIds } from './assume-ids.ts';
import { superOptionsAt } from './mountinfo-line.ts';
import type { DiskFilesystem } from './names.ts';
import type { Machine, MachineProcess, ProcessInit, ReplayTarget } from './target.ts';

/** The simulated kernel as a target: machines and processes are its own. */
export class SimTarget implements ReplayTarget {
  readonly name = 'sim';
  readonly notes: readonly string[] = [];

  get kernel(): string {
    return SimMachine.boot().kernel.profile.release;
  }

  boot(): Machine {
    return new SimTargetMachine();
  }

  close(): void {
    // Machines are garbage as soon as nobody refers to them.
  }
}

class SimTargetMachine implements Machine {
  readonly #machine = SimMachine.boot();

  start(init: ProcessInit): MachineProcess {
    const process = this.#machine.spawn(init);
    if (typeof process === 'number') throw new SystemError(process, 'spawn', init.root, init.cwd);
    return new SimTargetProcess(process);
  }

  /** The machine makes disks out of nothing. */
  mountDisk(kind: DiskFilesystem, at: string): number {
    return this.#machine.init.mount('trace', at, kind, 0, undefined);
  }

  superOptions(at: string): string {
    return superOptionsAt(this.#machine.mountinfo(), at);
  }

  shutdown(): void {
    // Nothing of the machine is outside of it.
  }
}

class SimTargetProcess implements MachineProcess {
  readonly ownsDescriptors = true;
  readonly #process: Process;

  constructor(process: Process) {
    this.#process = process;
  }

  get calls(): Syscalls {
    return this.#process;
  }

  chdir(path: string): number {
    return this.#process.chdir(path);
  }

  umask(mask: number): number {
    return this.#process.umask(mask);
  }

  assume(uid: number, gid: number): void {
    assumeIds(this.#process, uid, gid);
  }

  exit(): void {
    this.#process.exit();
  }
}
