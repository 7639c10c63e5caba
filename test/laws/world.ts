import type { Driver, DriverInit } from '../../src/core/driver.ts';
import { initOverlay2 } from '../../src/core/overlay2/init.ts';
import { join, type Path, type SyscallHost } from '../../src/host/index.ts';

/** A machine with an empty directory for a test to work in. */
export interface Machine {
  readonly host: SyscallHost;
  readonly directory: Path;
  /** Unmounts and removes what the test has left. */
  readonly discard: () => void;
}

/** Where laws are checked: the simulator or a real kernel. */
export interface World {
  readonly start: () => Machine;
}

/** Runs `action` on a new machine. */
export async function onMachine<T>(world: World, action: (machine: Machine) => Promise<T>): Promise<T> {
  const machine = world.start();
  try {
    return await action(machine);
  } finally {
    machine.discard();
  }
}

/** The home of the machine's one driver. */
export function homeOf({ directory }: Machine): Path {
  return join(directory, 'overlay2');
}

/** Opens overlay2 on the machine. Warnings go to `warn`, by default they fail the test. */
export function openDriver(machine: Machine, init: Partial<DriverInit> = {}): Promise<Driver> {
  const { host } = machine;
  return initOverlay2({ host, home: homeOf(machine), options: [], durability: 'none', warn: refuse, ...init });
}

function refuse(message: string): never {
  throw new Error(`unexpected warning: ${message}`);
}
