import type { System } from '../host/host.ts';
import type { Timestamp } from '../host/stat.ts';
import { SyscallHost } from '../host/syscall-host.ts';
import { shownGid, shownUid } from './kernel/ids.ts';
import type { Process } from './kernel/process.ts';
import { SimMachine, type SimMachineOptions } from './machine.ts';

/** What a simulated host needs besides its machine. */
export interface SimHostOptions extends SimMachineOptions {
  /** Environment variables (`DOCKER_DRIVER`); none unless given. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A Host over a process of a simulated machine. */
export class SimHost extends SyscallHost {
  readonly machine: SimMachine;
  readonly process: Process;

  constructor(
    machine: SimMachine,
    process: Process = machine.init,
    environment: Readonly<Record<string, string>> = {},
  ) {
    super(process, {
      system: new SimSystem(machine, process, environment),
      procFilesystems: () => machine.procFilesystems(),
      mountTable: () => machine.mountTable(process),
    });
    this.machine = machine;
    this.process = process;
  }
}

/** A host over the first process of a fresh machine. */
export function simHost(options: SimHostOptions = {}): SimHost {
  const machine = SimMachine.boot(options);
  return new SimHost(machine, machine.init, options.environment);
}

const nanosecondsPerMillisecond = 1_000_000;

class SimSystem implements System {
  readonly #machine: SimMachine;
  readonly #process: Process;
  readonly #environment: ReadonlyMap<string, string>;

  constructor(machine: SimMachine, process: Process, environment: Readonly<Record<string, string>>) {
    this.#machine = machine;
    this.#process = process;
    this.#environment = new Map(Object.entries(environment));
  }

  now(): Timestamp {
    return this.#machine.kernel.clock.now();
  }

  /** Only the machine's clock moves. */
  sleep(milliseconds: number): Promise<void> {
    this.#machine.kernel.clock.advance(milliseconds * nanosecondsPerMillisecond);
    return Promise.resolve();
  }

  randomBytes(length: number): Uint8Array {
    return this.#machine.kernel.randomBytes(length);
  }

  kernelRelease(): string {
    return this.#machine.kernel.profile.release;
  }

  pageSize(): number {
    return this.#machine.kernel.profile.pageSize;
  }

  inUserNamespace(): boolean {
    return this.#process.cred.userNamespace.parent !== undefined;
  }

  moduleParameter(module: string, name: string): string | undefined {
    const parameters = this.#machine.kernel.profile.moduleParameters[module];
    return parameters !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  }

  environment(name: string): string | undefined {
    return this.#environment.get(name);
  }

  bootId(): string {
    return this.#machine.bootId;
  }

  credentials(): { readonly uid: number; readonly gid: number } {
    return { uid: shownUid(this.#process, 'euid'), gid: shownGid(this.#process, 'egid') };
  }

  umask(mask: number): number {
    return this.#process.umask(mask);
  }
}
