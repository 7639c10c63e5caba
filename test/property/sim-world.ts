import { join, type Path } from '../../src/host/index.ts';
import { SimHost, simHost, type KernelProfile } from '../../src/sim/index.ts';
import type { DriverUnderTest, Machine, World } from '../laws/world.ts';

/** Simulated machines as a driver's world, a new one each time. */
export class SimWorld implements World {
  readonly #driver: DriverUnderTest;
  readonly #profile: KernelProfile | undefined;

  constructor(driver: DriverUnderTest, profile?: KernelProfile) {
    this.#driver = driver;
    this.#profile = profile;
  }

  start(): Machine {
    const host = simHost(this.#profile === undefined ? {} : { profile: this.#profile });
    const directory = join('/' as Path, 'graph');
    host.fs.mkdir(directory, 0o755);
    return this.#machine(host, directory);
  }

  #machine(host: SimHost, directory: Path): Machine {
    const clone = (): Machine => this.#machine(new SimHost(host.machine.clone()), directory);
    return { host, directory, driver: this.#driver, clone, discard: () => undefined };
  }
}
