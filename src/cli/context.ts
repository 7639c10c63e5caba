import { resolve } from 'node:path';
import { join, pathFromText, type Path } from '../host/index.ts';
import type { ArchiveLimits } from '../core/archive/limits.ts';
import type { Driver } from '../core/driver.ts';
import { DriverError, NotSupportedError } from '../core/errors.ts';
import { noIdMaps, rootPair, type IdMaps } from '../core/id-map.ts';
import { LayerRecords } from '../core/image/layer-records.ts';
import { quirksNamed, type Quirk } from '../core/quirks.ts';
import type { ChosenDriver, DriverConfig, Registry } from '../core/registry.ts';
import type { Arguments } from './arguments.ts';
import { parseHostChoice, type HostChoice, type HostUse, type OpenHost } from './hosts/choice.ts';
import { defaultRoot } from './hosts/default-root.ts';
import { readIdMaps } from './id-maps.ts';
import { readLimits } from './limits.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** A driver that is open, and where it works. */
export interface Session {
  readonly machine: OpenHost;
  /** The driver's name. */
  readonly driverName: string;
  readonly driver: Driver;
  readonly root: Path;
  /** What is recorded of the archives that layers were made of. */
  readonly records: LayerRecords;
}

/** Where layers are kept, and how, whichever driver's they are. */
export type Place = Pick<DriverConfig, 'host' | 'root' | 'durability'> & { readonly idMaps: IdMaps };

/** What a command works with: its world, and the machine and driver that the options name, opened when they are needed. */
export class CommandContext {
  readonly world: World;
  /** `--json`. */
  readonly json: boolean;
  /** Aborted when the command is to end early; its reason is an Error that says why. */
  readonly signal: AbortSignal;
  /** `--host`, for commands that open no machine of a driver. */
  readonly hostChoice: HostChoice;
  readonly #use: HostUse;
  readonly #kernel: string | undefined;
  readonly #driverName: string;
  readonly #root: string | undefined;
  readonly #driverOptions: readonly string[];
  readonly #quirks: readonly Quirk[];
  readonly #idMaps: IdMaps;
  /** `--limit` */
  readonly limits: Partial<ArchiveLimits>;
  #session: Promise<Session> | undefined;
  #machine: Promise<OpenHost> | undefined;

  /** @throws UsageError where an option of all commands is wrong */
  constructor(world: World, use: HostUse | 'none', args: Arguments, signal: AbortSignal) {
    this.world = world;
    this.#use = use === 'none' ? 'read' : use;
    this.signal = signal;
    this.json = args.flag('json');
    this.hostChoice = parseHostChoice(args.text('host') ?? 'auto');
    this.#kernel = args.text('kernel');
    if (this.#kernel !== undefined && this.hostChoice.kind !== 'sim') {
      throw new UsageError(`--kernel ${this.#kernel}: only a simulated machine can have it; use --host sim:FILE`);
    }
    this.#driverName = args.text('driver') ?? '';
    this.#root = args.text('root');
    this.#driverOptions = args.texts('option');
    this.#quirks = parseQuirks(args.texts('quirk'));
    this.#idMaps = readIdMaps(args.texts('uidmap'), args.texts('gidmap'));
    this.limits = readLimits(args.texts('limit'));
  }

  get stdout(): Output {
    return this.world.stdout;
  }

  get stderr(): Output {
    return this.world.stderr;
  }

  /** The driver that the options name. */
  session(): Promise<Session> {
    this.#session ??= this.#openSession();
    return this.#session;
  }

  /** The machine that the options name; a note tells which one `auto` has taken where that is the simulator. */
  machine(): Promise<OpenHost> {
    this.#machine ??= this.#openMachine();
    return this.#machine;
  }

  /** The driver that was named, `undefined` where it is left to be chosen. */
  get driverName(): string | undefined {
    return this.#driverName === '' ? undefined : this.#driverName;
  }

  /** Where the layers are, without opening a driver, which would clear away what crashes have left. */
  async place(): Promise<Place> {
    const machine = await this.machine();
    const durability = machine.name === 'linux' ? 'layer' : 'none';
    return { host: machine.host, root: this.#rootOn(machine), idMaps: this.#idMaps, durability };
  }

  /** Prints a value as one line of JSON. */
  async printJson(value: unknown): Promise<void> {
    await this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Prints lines of text. */
  async printLines(...lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.stdout.write(`${lines.join('\n')}\n`);
  }

  async warn(message: string): Promise<void> {
    await this.stderr.write(`graphdriver: ${message.replaceAll('\n', ' ')}\n`);
  }

  /** Keeps what has changed on the machine. */
  async close(): Promise<void> {
    const machine = await this.#machine?.catch(() => undefined);
    await machine?.close();
  }

  async #openMachine(): Promise<OpenHost> {
    const machine = await this.world.openHost({
      choice: this.hostChoice,
      use: this.#use,
      kernel: this.#kernel,
      driver: this.driverName,
      environment: this.world.environment,
    });
    if (machine.note !== undefined) await this.warn(machine.note);
    return machine;
  }

  async #openSession(): Promise<Session> {
    const machine = await this.machine();
    const place = await this.place();
    const warnings: Promise<void>[] = [];
    const warn = (message: string): unknown => warnings.push(this.warn(message));
    const registry = await this.world.registry(this.#quirks);
    const { name, driver, passedOver } = await this.#choose(registry, {
      ...place,
      options: this.#driverOptions,
      limits: this.limits,
      warn,
    });
    await Promise.all(warnings);
    const [best] = passedOver;
    if (best !== undefined) await this.warn(`using ${name}, because ${best.name} does not work here: ${best.reason}`);
    const { host, root, durability } = place;
    const records = new LayerRecords(host, root, name, durability, warn);
    return { machine, driverName: name, driver, root, records };
  }

  async #choose(registry: Registry, config: DriverConfig): Promise<ChosenDriver> {
    try {
      return await registry.new(this.#driverName, config);
    } catch (error) {
      const names = registry.names();
      // Drivers that Docker has had and has no more get an answer of their own, which is kept.
      const isUnknown = error instanceof NotSupportedError && error.name === 'NotSupportedError';
      if (!isUnknown || this.#driverName === '' || names.includes(this.#driverName)) throw error;
      throw new UsageError(`--driver ${this.#driverName}: there is no such driver; there are ${names.join(', ')}`);
    }
  }

  /** dockerd keeps the layers of each remapped root apart, since their files differ in owners. */
  #rootOn(machine: OpenHost): Path {
    const root = this.#rootGiven(machine);
    if (this.#idMaps === noIdMaps) return root;
    const { uid, gid } = rootPair(this.#idMaps);
    return join(root, `${uid}.${gid}`);
  }

  #rootGiven(machine: OpenHost): Path {
    if (this.#root === undefined) return defaultRoot(machine, this.world.environment);
    return pathFromText(machine.name === 'linux' ? resolve(this.#root) : resolve('/', this.#root));
  }
}

function parseQuirks(names: readonly string[]): readonly Quirk[] {
  try {
    return quirksNamed(names);
  } catch (error) {
    throw error instanceof DriverError ? new UsageError(`--quirk: ${error.message}`) : error;
  }
}
