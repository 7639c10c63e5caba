import type { Driver, DriverInit, InitFunc } from '../../src/core/driver.ts';
import type { LayerId } from '../../src/core/layer-id.ts';
import { initOverlay2 } from '../../src/core/overlay2/init.ts';
import { join, type Path, type SyscallHost } from '../../src/host/index.ts';

/** A driver whose laws are checked. */
export interface DriverUnderTest {
  readonly name: string;
  readonly init: InitFunc;
  /** What an opened home holds when it has no layers, `/` included. */
  readonly emptyHome: readonly string[];
  /** Where a held layer is mounted below the home; `undefined` for one that needs no mount. */
  readonly mountOf: (id: LayerId, parent: LayerId | '') => string | undefined;
}

export const overlay2: DriverUnderTest = {
  name: 'overlay2',
  init: initOverlay2,
  emptyHome: ['/', '/l'],
  mountOf: (id, parent) => (parent === '' ? undefined : `${id}/merged`),
};

/** A machine with an empty directory for a test to work in. */
export interface Machine {
  readonly host: SyscallHost;
  readonly directory: Path;
  readonly driver: DriverUnderTest;
  /** Unmounts and removes what the test has left. */
  readonly discard: () => void;
}

/** Where laws are checked, the simulator or a real kernel, and whose. */
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
export function homeOf({ directory, driver }: Machine): Path {
  return join(directory, driver.name);
}

/** Opens the driver on the machine. Warnings go to `warn`, by default they fail the test. */
export function openDriver(machine: Machine, init: Partial<DriverInit> = {}): Promise<Driver> {
  const { host, driver } = machine;
  return driver.init({ host, home: homeOf(machine), options: [], durability: 'none', warn: refuse, ...init });
}

function refuse(message: string): never {
  throw new Error(`unexpected warning: ${message}`);
}
