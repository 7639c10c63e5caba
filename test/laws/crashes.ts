import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { Crash, FaultyHost, type Fault } from './faults.ts';
import { fileMember, type Layer } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { allowedLayer } from './ownership.ts';
import { readView, type Node, type View } from './view.ts';
import { homeOf, initDriver, onMachine, openDriver, refuse, type Machine, type World } from './world.ts';

/** An operation that goes wrong at every call in turn. */
export interface Operation {
  readonly name: string;
  readonly prepare: (machine: Machine) => Promise<void>;
  /** Opens what the operation needs; answers the operation itself. */
  readonly begin: (machine: Machine, warn: (message: string) => void) => Promise<() => Promise<unknown>>;
  /** Opens the driver afterwards. */
  readonly reopen: (machine: Machine) => Promise<Driver>;
  /** What is done before one looks, beyond opening the driver. */
  readonly settle: (driver: Driver) => Promise<void>;
  /** Whether nothing at all is left behind where the operation says that it failed. */
  readonly failsCleanly: boolean;
}

const base = layerId('base');
const child = layerId('child');
const added = layerId('new');

const file: Node = { ...fileMember('content', 1_700_000_000).node, xattrs: { 'user.note': '6869' } };
/** An ordinary user could not fill it, nor empty it. */
const directory: Node = { ...file, type: 'directory', mode: 0o555, content: undefined };

const content: Layer = new Map([
  ['/dir', { kind: 'node', node: directory, opaque: true }],
  ['/dir/file', { kind: 'node', node: file, opaque: false }],
  ['/file', { kind: 'node', node: file, opaque: false }],
  ['/gone', { kind: 'whiteout' }],
]);
const baseContent: Layer = new Map([...content, ['/gone', { kind: 'node', node: file, opaque: false }]]);

function archiveOn(machine: Machine, layer: Layer): ReturnType<typeof archiveOf> {
  return archiveOf(allowedLayer(machine, layer));
}

async function withBase(machine: Machine): Promise<void> {
  await (await openDriver(machine)).createFromDiff(base, '', archiveOn(machine, baseContent));
}

async function withChild(machine: Machine): Promise<void> {
  await withBase(machine);
  await (await openDriver(machine)).createFromDiff(child, base, archiveOn(machine, content));
}

async function withEmptyChild(machine: Machine): Promise<void> {
  await withBase(machine);
  await (await openDriver(machine)).create(child, base);
}

/**
 * Processes have ended in the middle of creating and removing layers, all of them opened before the first one did, since
 * opening clears away.
 */
async function withCrashes(machine: Machine): Promise<void> {
  await withChild(machine);
  const { create, remove } = machine.driver.crashes;
  const ends: (() => Promise<void>)[] = [];
  for (const call of create) {
    ends.push(await endingAt(machine, call, (driver) => driver.createReadWrite(added, child)));
  }
  for (const call of remove) ends.push(await endingAt(machine, call, (driver) => driver.remove(child)));
  for (const end of ends) await end();
}

/** A process that will end at that call. */
async function endingAt(
  machine: Machine,
  call: string,
  run: (driver: Driver) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const faulty = new FaultyHost(machine.host);
  const driver = await openDriver({ ...machine, host: faulty.host }, { warn: ignore });
  return async () => {
    faulty.armAt(call, 'crash');
    await expect(run(driver)).rejects.toBeInstanceOf(Crash);
    faulty.endProcess();
  };
}

function ignore(): void {
  // Warnings of a process that has ended.
}

function onDriver(
  name: string,
  prepare: Operation['prepare'],
  run: (driver: Driver, machine: Machine) => Promise<unknown>,
  more: Partial<Operation> = {},
): Operation {
  const begin: Operation['begin'] = async (machine, warn) => {
    const driver = await openDriver(machine, { warn });
    return () => run(driver, machine);
  };
  return { name, prepare, begin, reopen: openDriver, settle: () => Promise.resolve(), failsCleanly: true, ...more };
}

export const operations: readonly Operation[] = [
  onDriver('creating the first child of a layer', withBase, (driver) => driver.createReadWrite(added, base)),
  onDriver('creating another child of a layer', withChild, (driver) => driver.create(added, base)),
  onDriver('creating a layer from an archive', withChild, (driver, machine) =>
    driver.createFromDiff(added, child, archiveOn(machine, content)),
  ),
  onDriver('creating a base layer from an archive', withBase, (driver, machine) =>
    driver.createFromDiff(added, '', archiveOn(machine, baseContent)),
  ),
  onDriver('filling an empty layer', withEmptyChild, (driver, machine) =>
    driver.applyDiff(child, base, archiveOn(machine, content)),
  ),
  onDriver('removing a layer', withChild, (driver) => driver.remove(child), { failsCleanly: false }),
  onDriver('holding and putting layers', withChild, holdAndPut, {
    settle: (driver) => driver.cleanup(),
    failsCleanly: false,
  }),
  onDriver(
    'opening the first time',
    () => Promise.resolve(),
    () => Promise.resolve(),
    {
      begin: (machine, warn) => Promise.resolve(() => initDriver(machine, warn)),
      reopen: (machine) => initDriver(machine, refuse),
      failsCleanly: false,
    },
  ),
  onDriver('opening after crashes', withCrashes, () => Promise.resolve(), {
    begin: (machine, warn) => Promise.resolve(() => initDriver(machine, warn)),
    reopen: (machine) => initDriver(machine, refuse),
    failsCleanly: false,
  }),
];

async function holdAndPut(driver: Driver): Promise<void> {
  await driver.get(child);
  await driver.get(base);
  await driver.get(child);
  await driver.put(child);
  await driver.put(child);
  await driver.put(base);
}

/** At which calls the fault happens. */
interface FaultPlaces {
  readonly first: number;
  readonly stride: number;
}

/** What is done in some of the rounds with what a fault has left, before the driver is opened again. */
export interface Look {
  readonly every: number;
  readonly at: (machine: Machine) => Promise<void>;
}

/**
 * Whatever call of an operation fails, and after whatever call the process ends: the driver opens, and everything is as
 * before the operation or as after it. Nothing half-made is left. A case tries every `stride`-th call; from which call it begins
 * is drawn, so that in time all are tried.
 */
export function survivesFaults(
  world: World,
  operation: Operation,
  fault: Fault,
  stride: number,
  look?: Look,
): fc.IAsyncProperty<[number]> {
  return fc.asyncProperty(fc.integer({ min: 1, max: stride }), (first) =>
    survivesFaultsAt(world, operation, fault, { first, stride }, look),
  );
}

async function survivesFaultsAt(
  world: World,
  operation: Operation,
  fault: Fault,
  { first, stride }: FaultPlaces,
  look?: Look,
): Promise<void> {
  const before = await undisturbed(world, operation, () => Promise.resolve());
  const after = await undisturbed(world, operation, (run) => run());
  const startPrepared = await preparedMachines(world, operation);
  for (let n = first, round = 1; ; n += stride, round += 1) {
    const machine = await startPrepared();
    try {
      const looks = look !== undefined && round % look.every === 0 ? look.at : undefined;
      const reached = await disturb(machine, operation, n, fault, { before, after, looks });
      if (!reached) return;
    } finally {
      machine.discard();
    }
  }
}

/** Machines on which the operation can begin: one and its clones, or a new one each time. */
async function preparedMachines(world: World, operation: Operation): Promise<() => Promise<Machine>> {
  const prepare = async (): Promise<Machine> => {
    const machine = world.start();
    await operation.prepare(machine);
    return machine;
  };
  const first = await prepare();
  const { clone } = first;
  if (clone !== undefined) return () => Promise.resolve(clone());
  first.discard();
  return prepare;
}

interface Outcomes {
  readonly before: State;
  readonly after: State;
  readonly looks: Look['at'] | undefined;
}

/** Answers whether the operation makes so many calls. */
async function disturb(
  machine: Machine,
  operation: Operation,
  n: number,
  fault: Fault,
  { before, after, looks }: Outcomes,
): Promise<boolean> {
  const faulty = new FaultyHost(machine.host);
  const warnings: string[] = [];
  const run = await operation.begin({ ...machine, host: faulty.host }, (message) => warnings.push(message));
  faulty.arm(n, fault);
  const failed = await run().then(
    () => false,
    () => true,
  );
  faulty.endProcess();
  if (failed && fault !== 'crash' && operation.failsCleanly && warnings.length === 0) {
    expect(rawHome(machine)).toEqual(before.raw);
  }
  const allowed = failed ? [before, after] : [after];
  if (looks !== undefined) {
    const copy = machine.clone?.() ?? machine;
    await looks(copy);
    await opensWell(copy, operation, allowed);
  }
  await opensWell(machine, operation, allowed);
  return faulty.hit !== undefined;
}

/** The driver opens, and all is as it may be: as the operation would have left it, or as before where that failed. */
async function opensWell(machine: Machine, operation: Operation, allowed: readonly State[]): Promise<void> {
  const driver = await operation.reopen(machine);
  await operation.settle(driver);
  const found = await stateOf(machine, driver);
  if (!allowed.some((state) => isDeepStrictEqual(found, state))) expect(found).toEqual(allowed.at(-1));
  expect(strays(machine)).toEqual([]);
}

function undisturbed(
  world: World,
  operation: Operation,
  act: (run: () => Promise<unknown>) => Promise<unknown>,
): Promise<State> {
  return onMachine(world, async (machine) => {
    await operation.prepare(machine);
    await act(await operation.begin(machine, ignore));
    const driver = await openDriver(machine);
    await operation.settle(driver);
    return stateOf(machine, driver);
  });
}

/** The layers and all that is in the home, from which alone views are made. */
interface State {
  readonly ids: readonly LayerId[];
  readonly raw: unknown;
}

async function stateOf(machine: Machine, driver: Driver): Promise<State> {
  return { ids: await driver.list(), raw: rawHome(machine) };
}

/**
 * All that is in the home, but for times; links are named by where they lead. What the kernel leaves in a work directory
 * says nothing.
 */
function rawHome(machine: Machine): Readonly<Record<string, unknown>> {
  const view = readView(machine.host, homeOf(machine));
  const links = [...view]
    .filter(([path]) => path.startsWith('/l/'))
    .map(([path, node]) => [path.slice(3), node] as const);
  const named = (text: string): string =>
    links.reduce((all, [link, { content = '' }]) => all.replaceAll(link, `<${content}>`), text);
  const entries = [...view].filter(([path]) => !path.includes('/work/'));
  return Object.fromEntries(
    entries.map(([path, { mtime: _, content, ...rest }]) => [
      named(path),
      { ...rest, content: content && named(content) },
    ]),
  );
}

/** What no open home may hold: things built or deleted aside, holders of nothing, overlay2's links that lead nowhere. */
export function strays(machine: Machine): readonly string[] {
  const view = readView(machine.host, homeOf(machine));
  const beside = machine.host.fs.readdir(machine.directory).map(({ name }) => name);
  const inside = [...view].filter(([path, node]) => isStray(view, path, node)).map(([path]) => path);
  return [...beside.filter((name) => name !== machine.driver.name), ...inside];
}

function isStray(view: View, path: string, { content = '' }: Node): boolean {
  if (/^\/\.|\/holders$|\/merged$/.test(path)) return true;
  return path.startsWith('/l/') && !view.has(content.replace('..', ''));
}
