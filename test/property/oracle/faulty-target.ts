import { errno } from '../../../src/host/errno.ts';
import type { Syscalls } from '../../../src/host/syscalls.ts';
import type { DiskFilesystem } from '../../../src/oracle/names.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import type { Machine, MachineProcess, ProcessInit, ReplayTarget } from '../../../src/oracle/target.ts';

/**
 * The simulated kernel with one fault: once a directory has been removed, no rename works any more. What diverges needs two
 * operations, far apart.
 */
export class FaultyTarget implements ReplayTarget {
  readonly name = 'sim';
  readonly notes: readonly string[] = [];
  readonly #sound = new SimTarget();

  get kernel(): string {
    return this.#sound.kernel;
  }

  boot(): Machine {
    return new FaultyMachine(this.#sound.boot());
  }

  close(): void {
    this.#sound.close();
  }
}

class FaultyMachine implements Machine {
  readonly #sound: Machine;
  readonly #removed = { any: false };

  constructor(sound: Machine) {
    this.#sound = sound;
  }

  start(init: ProcessInit): MachineProcess {
    return new FaultyProcess(this.#sound.start(init), this.#removed);
  }

  mountDisk(kind: DiskFilesystem, at: string): number {
    return this.#sound.mountDisk(kind, at);
  }

  superOptions(at: string): string {
    return this.#sound.superOptions(at);
  }

  shutdown(): void {
    this.#sound.shutdown();
  }
}

class FaultyProcess implements MachineProcess {
  readonly ownsDescriptors = true;
  readonly #sound: MachineProcess;
  readonly #removed: { any: boolean };

  constructor(sound: MachineProcess, removed: { any: boolean }) {
    this.#sound = sound;
    this.#removed = removed;
  }

  get calls(): Syscalls {
    return new Proxy(this.#sound.calls, {
      get: (sound, name) => {
        if (name === 'unlinkat') return this.#unlinkat(sound);
        if (name === 'renameat2' && this.#removed.any) return () => -errno.EIO;
        const call: unknown = Reflect.get(sound, name, sound);
        return typeof call === 'function' ? (call.bind(sound) as unknown) : call;
      },
    });
  }

  #unlinkat(sound: Syscalls): Syscalls['unlinkat'] {
    return (dirfd, path, flags) => {
      const answer = sound.unlinkat(dirfd, path, flags);
      if (answer === 0 && flags !== 0) this.#removed.any = true;
      return answer;
    };
  }

  chdir(path: string): number {
    return this.#sound.chdir(path);
  }

  umask(mask: number): number {
    return this.#sound.umask(mask);
  }

  assume(uid: number, gid: number): void {
    this.#sound.assume(uid, gid);
  }

  exit(): void {
    this.#sound.exit();
  }
}
