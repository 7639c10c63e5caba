import { join, type Path, type Timestamp } from '../../src/host/index.ts';
import { SimHost, SimMachine, type KernelProfile } from '../../src/sim/index.ts';
import { root, type Person } from '../laws/ownership.ts';
import type { DriverUnderTest, Machine, World } from '../laws/world.ts';

/** What else may be chosen of a simulated world. */
export interface SimWorldOptions {
  /** Whose the directory is, and who works in it. */
  readonly user?: Person;
  /** When its machines boot. */
  readonly clock?: Timestamp;
}

/** Simulated machines as a driver's world, a new one each time. */
export class SimWorld implements World {
  readonly #driver: DriverUnderTest;
  readonly #boot: NonNullable<Parameters<typeof SimMachine.boot>[0]>;
  readonly #user: Person;

  constructor(driver: DriverUnderTest, profile?: KernelProfile, { user = root, clock }: SimWorldOptions = {}) {
    this.#driver = driver;
    this.#boot = { ...(profile === undefined ? {} : { profile }), ...(clock === undefined ? {} : { clock }) };
    this.#user = user;
  }

  start(): Machine {
    const machine = SimMachine.boot(this.#boot);
    const { fs } = new SimHost(machine);
    const directory = join('/' as Path, 'graph');
    fs.mkdir(directory, 0o755);
    fs.lchown(directory, this.#user.uid, this.#user.gid);
    return this.#on(machine, directory);
  }

  #on(machine: SimMachine, directory: Path): Machine {
    const host = this.#user.uid === 0 ? new SimHost(machine) : new SimHost(machine, processOf(machine, this.#user));
    const clone = (): Machine => this.#on(machine.clone(), directory);
    return { host, directory, driver: this.#driver, clone, discard: () => undefined };
  }
}

function processOf(machine: SimMachine, { uid, gid }: Person): SimHost['process'] {
  const process = machine.spawn({ uid, gid, groups: [gid], umask: 0o022 });
  if (typeof process === 'number') throw new Error(`no process: ${process}`);
  return process;
}
