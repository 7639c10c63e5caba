import type { Driver, DriverInit, InitFunc } from '../../src/core/driver.ts';
import type { LayerId } from '../../src/core/layer-id.ts';
import { initOverlay2, openOverlay2 } from '../../src/core/overlay2/init.ts';
import { learnKernelFacts, type KernelFacts } from '../../src/core/overlay2/kernel-facts.ts';
import { dirname, join, type Path, type SyscallHost } from '../../src/host/index.ts';

/** A driver whose laws are checked. */
export interface DriverUnderTest {
  readonly name: string;
  readonly init: InitFunc;
  /** `init` without what is the same at each opening; by default `init` itself. */
  readonly open?: InitFunc;
  /** What an opened home holds when it has no layers, `/` included. */
  readonly emptyHome: readonly string[];
  /** Where a held layer is mounted below the home; `undefined` for one that needs no mount. */
  readonly mountOf: (id: LayerId, parent: LayerId | '') => string | undefined;
  /** Whether a layer that somebody holds cannot be removed; a driver that only gives out directories does not count. */
  readonly holding: 'counted' | 'not counted';
  /** How a diff is made. A naive one tells nothing of a directory of which only the time has changed. */
  readonly diffs: 'native' | 'naive';
  /** The driver's option for the size of layers to be written to; `undefined` where it has none. */
  readonly sizeOption?: string;
  /** Calls of creating and removing a layer at which the end of the process leaves something to clear away. */
  readonly crashes: { readonly create: readonly string[]; readonly remove: readonly string[] };
}

/** overlay2, which learns what one kernel can do once. */
export function overlay2(): DriverUnderTest {
  let kernel: KernelFacts | undefined;
  return {
    name: 'overlay2',
    init: initOverlay2,
    open: async (init) => {
      kernel ??= await learnKernelFacts(init.host, 'overlay2', dirname(init.home));
      return openOverlay2(init, kernel);
    },
    emptyHome: ['/', '/l'],
    mountOf: (id, parent) => (parent === '' ? undefined : `${id}/merged`),
    holding: 'counted',
    diffs: 'native',
    sizeOption: 'overlay2.size',
    crashes: { create: ['symlinkat', 'renameat2'], remove: ['unlinkat'] },
  };
}

/** A machine with an empty directory for a test to work in. */
export interface Machine {
  readonly host: SyscallHost;
  readonly directory: Path;
  readonly driver: DriverUnderTest;
  /** The same machine once more, to go its own way; only where that is cheap. */
  readonly clone?: () => Machine;
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
  const open = driver.open ?? driver.init;
  return open({ host, home: homeOf(machine), options: [], durability: 'none', warn: refuse, ...init });
}

/** Opens the driver with all that this begins with. */
export function initDriver(machine: Machine, warn: (message: string) => void): Promise<Driver> {
  const { host, driver } = machine;
  return driver.init({ host, home: homeOf(machine), options: [], durability: 'none', warn });
}

/** Takes no warning: where one is given something is wrong. */
export function refuse(message: string): never {
  throw new Error(`unexpected warning: ${message}`);
}
