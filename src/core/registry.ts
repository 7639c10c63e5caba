import { isDirectory, isSystemError, join, textFromPath, type Host, type Path } from '../host/index.ts';
import type { Driver, DriverInit, InitFunc } from './driver.ts';
import { DriverError, isSkippable, NotSupportedError, RemovedDriverError } from './errors.ts';
import { cleanPath } from './files/real-path.ts';
import type { Quirk } from './quirks.ts';

/**
 * In which order a driver is chosen where nobody names one and no layers are there yet (moby). What moby has removed has the
 * place that it had among the others last (20.10).
 */
export const defaultPriority: readonly string[] = [
  'overlay2',
  'fuse-overlayfs',
  'btrfs',
  'zfs',
  'aufs',
  'overlay',
  'vfs',
];

/** The orders of earlier releases, each a quirk (graph-drivers.md 1.0.1). */
const historicPriorities: readonly (readonly [quirk: Quirk, priority: readonly string[]])[] = [
  ['priority-2014', ['aufs', 'btrfs', 'devicemapper', 'vfs', 'overlay']],
  ['priority-2016', ['aufs', 'btrfs', 'zfs', 'devicemapper', 'overlay', 'vfs']],
  ['priority-2020', ['btrfs', 'zfs', 'overlay2', 'fuse-overlayfs', 'aufs', 'overlay', 'devicemapper', 'vfs']],
];

/** The oldest order that the quirks ask for, or today's. */
function priorityWith(quirks: ReadonlySet<Quirk>): readonly string[] {
  return historicPriorities.find(([quirk]) => quirks.has(quirk))?.[1] ?? defaultPriority;
}

/** Drivers that Docker has had. Naming one that is not registered gets an answer of its own. */
const removedDrivers: readonly string[] = ['aufs', 'devicemapper', 'overlay'];

/** What a driver is opened with, but for its directory and the quirks, which the registry knows; `root` is the graph root. */
export type DriverConfig = Omit<DriverInit, 'home' | 'quirks'> & { readonly root: Path };

/** A driver that was chosen, with its name. */
export interface ChosenDriver {
  readonly name: string;
  readonly driver: Driver;
  /** Better ones that do not work here, the best first; none where the driver was named, or has layers. */
  readonly passedOver: readonly PassedOver[];
}

/** A driver that does not work on a host, and why. */
export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

/** The drivers that there are, and how one of them is chosen (seed driver.go, graph-drivers.md 1.0.1). */
export class Registry {
  readonly #drivers = new Map<string, InitFunc>();
  readonly #priority: readonly string[];
  readonly #quirks: ReadonlySet<Quirk>;

  constructor(quirks: readonly Quirk[] = []) {
    this.#quirks = new Set(quirks);
    this.#priority = priorityWith(this.#quirks);
  }

  /** Adds a driver. @throws DriverError where the name is taken; then the first one stays. */
  register(name: string, init: InitFunc): void {
    if (this.#drivers.has(name)) throw new DriverError(`name already registered ${name}`);
    this.#drivers.set(name, init);
  }

  /** The names of all drivers, sorted. */
  names(): readonly string[] {
    return [...this.#drivers.keys()].sort();
  }

  /** Opens the driver with that name on `<root>/<name>`. @throws NotSupportedError, and whatever the driver throws */
  async getDriver(name: string, { root, ...init }: DriverConfig): Promise<Driver> {
    const open = this.#drivers.get(name);
    if (open !== undefined) return open({ ...init, home: join(cleanPath(root), name), quirks: this.#quirks });
    if (removedDrivers.includes(name)) throw new RemovedDriverError(name);
    throw new NotSupportedError();
  }

  /**
   * Chooses and opens a driver: the one that the environment variable DOCKER_DRIVER names, else `name`, whatever its
   * errors; else the one that has layers under the root; else the first of the priority list, and then of all others,
   * that works here.
   * @throws DriverError where several drivers have layers, or none works; and what a named or prior driver throws, so
   * that nobody's images silently vanish behind another driver
   */
  async new(name: string, config: DriverConfig): Promise<ChosenDriver> {
    const named = [config.host.system.environment('DOCKER_DRIVER') ?? '', name].find((each) => each !== '');
    if (named !== undefined) return { name: named, driver: await this.getDriver(named, config), passedOver: [] };
    const prior = this.#quirks.has('ignore-prior-state') ? undefined : await this.#priorDriver(config);
    return prior ?? (await this.#firstThatWorks(config));
  }

  async #priorDriver(config: DriverConfig): Promise<ChosenDriver | undefined> {
    const priors = this.#namesWithState(config);
    const name = this.#priority.find((each) => priors.includes(each));
    if (name === undefined) return undefined;
    const driver = await this.getDriver(name, config);
    if (priors.length > 1) {
      const found = `${textFromPath(config.root)} contains several valid graphdrivers: ${priors.join(', ')}`;
      throw new DriverError(`${found}; cleanup or explicitly choose storage driver (-s <DRIVER>)`);
    }
    return { name, driver, passedOver: [] };
  }

  /** The drivers with something under the root, sorted. vfs never counts: it may have been a fallback. */
  #namesWithState({ host, root }: DriverConfig): readonly string[] {
    return this.names().filter((name) => name !== 'vfs' && holdsSomething(host, join(cleanPath(root), name)));
  }

  async #firstThatWorks(config: DriverConfig): Promise<ChosenDriver> {
    const others = this.names().filter((name) => !this.#priority.includes(name));
    const passedOver: PassedOver[] = [];
    for (const name of [...this.#priority, ...others].filter((each) => this.#drivers.has(each))) {
      try {
        return { name, driver: await this.#open(name, config), passedOver };
      } catch (error) {
        if (!isSkippable(error)) throw error;
        passedOver.push({ name, reason: error.message });
      }
    }
    throw new DriverError('no supported storage driver found');
  }

  #open(name: string, config: DriverConfig): Promise<Driver> {
    const init = this.#drivers.get(name);
    if (init === undefined || this.#priority.includes(name) || !this.#quirks.has('bare-root')) {
      return this.getDriver(name, config);
    }
    const { root, ...rest } = config;
    return init({ ...rest, home: root, quirks: this.#quirks });
  }
}

/** Whether something is there that is not an empty directory; what cannot be read counts as something. */
function holdsSomething(host: Host, path: Path): boolean {
  try {
    if (!isDirectory(host.fs.stat(path).mode)) return true;
  } catch (error) {
    return !isSystemError(error, 'ENOENT', 'ENOTDIR');
  }
  try {
    return host.fs.readdir(path).length > 0;
  } catch (error) {
    if (isSystemError(error)) return true;
    throw error;
  }
}
