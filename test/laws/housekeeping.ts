import fc from 'fast-check';
import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { SystemError } from '../../src/host/index.ts';
import { edits, type AimedEdit } from './edits.ts';
import { layers, type Layer } from './layer.ts';
import { allowed } from './ownership.ts';
import { runContainer, stackUp, streamOf, viewOf } from './stack.ts';
import { homeOf, onMachine, openDriver, type DriverUnderTest, type Machine, type World } from './world.ts';
import { readView } from './view.ts';

/** Nothing done in a layer is seen in its parent, its siblings or their children. */
export function layersAreApart(
  world: World,
): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[], readonly AimedEdit[]]> {
  return fc.asyncProperty(layers, edits, edits, (stack, first, second) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine, { warn: ignore });
      const below = await stackUp(driver, allowed(machine, stack));
      const parent = below.at(-1) ?? '';
      await runContainer(host, driver, layerId('sibling'), parent, first);
      const others = [...below, layerId('sibling')];
      const views = await viewsOf(machine, driver, others);
      await runContainer(host, driver, layerId('child'), parent, second);
      expect(await viewsOf(machine, driver, others)).toEqual(views);
    }),
  );
}

/** What somebody does with layers, in any order. */
interface Step {
  readonly op: 'create' | 'get' | 'put' | 'remove' | 'reopen';
  readonly layer: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('create', 'get', 'get', 'put', 'put', 'remove', 'reopen'),
  layer: fc.nat({ max: 3 }),
});

/**
 * A layer is held as long as one of its holders has not put it, also when the driver is opened anew; a held layer is not
 * removed; and after as many puts as gets and the removal of everything no mount, no file and no link is left.
 */
export function nothingIsLeft(world: World): fc.IAsyncProperty<[readonly Step[]]> {
  return fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
    onMachine(world, async (machine) => {
      const holders = new Map<LayerId, number>();
      let driver = await openDriver(machine);
      for (const { op, layer } of steps) {
        if (op === 'reopen') driver = await openDriver(machine);
        else await take({ driver, holding: machine.driver.holding }, holders, op, idOf(layer), parentOf(layer));
        await checkHolders(machine, driver, holders);
      }
      for (const [id, count] of holders) for (let n = count; n > 0; n -= 1) await driver.put(id);
      for (const id of await driver.list()) await driver.remove(id);
      expect(mountsOf(machine)).toEqual([]);
      expect([...readView(machine.host, homeOf(machine)).keys()].sort()).toEqual(machine.driver.emptyHome);
    }),
  );
}

async function take(
  { driver, holding }: { readonly driver: Driver; readonly holding: DriverUnderTest['holding'] },
  holders: Map<LayerId, number>,
  op: Exclude<Step['op'], 'reopen'>,
  id: LayerId,
  parent: LayerId | '',
): Promise<void> {
  const count = holders.get(id);
  const exists = count !== undefined;
  // A layer whose parent is gone cannot be mounted; that is for another law.
  if (op === 'create') {
    const possible = !exists && (parent === '' || holders.has(parent));
    await outcome(driver.create(id, parent), possible ? undefined : exists ? 'EEXIST' : 'ENOENT');
    if (possible) holders.set(id, 0);
  } else if (op === 'get') {
    await outcome(driver.get(id), exists ? undefined : 'ENOENT');
    if (exists) holders.set(id, count + 1);
  } else if (op === 'put') {
    await outcome(driver.put(id), exists ? undefined : 'ENOENT');
    if (exists) holders.set(id, Math.max(count - 1, 0));
  } else if (![...holders.keys()].some((other) => other > id)) {
    const busy = holding === 'counted' && count !== undefined && count > 0;
    await outcome(driver.remove(id), !exists ? 'ENOENT' : busy ? 'EBUSY' : undefined);
    if (!busy) holders.delete(id);
  }
}

async function outcome(action: Promise<unknown>, code: string | undefined): Promise<void> {
  const failed = await action.then(
    () => undefined,
    (error: unknown) => (error instanceof SystemError ? error.code : String(error)),
  );
  expect(failed).toBe(code);
}

async function checkHolders(machine: Machine, driver: Driver, holders: ReadonlyMap<LayerId, number>): Promise<void> {
  expect(await driver.list()).toEqual([...holders.keys()].sort());
  const held = [0, 1, 2, 3].filter((layer) => (holders.get(idOf(layer)) ?? 0) > 0);
  const mounts = held.map((layer) => machine.driver.mountOf(idOf(layer), parentOf(layer)));
  const targets = mounts.filter((mount) => mount !== undefined).map((mount) => `${homeOf(machine)}/${mount}`);
  expect(mountsOf(machine)).toEqual(targets.sort());
}

function mountsOf({ host, directory }: Machine): readonly string[] {
  const targets = host.mount.table().map(({ target }) => target as string);
  return targets.filter((target) => target.startsWith(`${directory}/`)).sort();
}

function idOf(layer: number): LayerId {
  return layerId(`layer-${layer}`);
}

function parentOf(layer: number): LayerId | '' {
  return layer === 0 ? '' : idOf(layer - 1);
}

const hostileId = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '../x',
    '/etc',
    'a/b',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
    'x'.repeat(300),
    'l',
    '.x',
    'ü',
    'a:b',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => `${text}/../${text}`),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => `${text}\0`),
);

/** No method takes an id that could name anything but a layer, and none changes anything when given one. */
export function hostileIdsAreRefused(world: World): fc.IAsyncProperty<[string, number]> {
  return fc.asyncProperty(hostileId, fc.nat({ max: 16 }), (text, method) =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(layerId('good'), '');
      const before = readView(machine.host, machine.directory);
      const id = text as LayerId;
      await expect(call(driver, method, id)).rejects.toBeInstanceOf(SystemError);
      await expect(call(driver, method, layerId('unknown'))).rejects.toBeInstanceOf(SystemError);
      expect(readView(machine.host, machine.directory)).toEqual(before);
    }),
  );
}

/** Every method that takes an id, in every place where it takes one. */
function call(driver: Driver, method: number, id: LayerId): Promise<unknown> {
  const good = layerId('good');
  const empty = streamOf(Buffer.alloc(1024));
  const calls: readonly (() => Promise<unknown>)[] = [
    () => driver.create(id === 'unknown' ? good : id, good),
    () => driver.create(layerId('new'), id),
    () => driver.createReadWrite(id === 'unknown' ? good : id, good),
    () => driver.createFromDiff(id === 'unknown' ? good : id, good, empty),
    () => driver.createFromDiff(layerId('new'), id, empty),
    () => driver.remove(id),
    () => driver.get(id),
    () => driver.put(id),
    () => (id === 'unknown' ? driver.put(id) : driver.exists(id)),
    () => driver.getMetadata(id),
    () => driver.parentOf(id),
    () => driver.diff(id, ''),
    () => driver.diff(good, id),
    () => driver.changes(id, good),
    () => driver.applyDiff(id, '', empty),
    () => driver.diffSize(good, id),
    () => driver.changes(good, id),
  ];
  // '' is no id, but as a parent it is none at all, which is allowed.
  const taken = id === '' && [1, 4, 12, 15, 16].includes(method) ? 5 : method;
  return (calls[taken] ?? (() => driver.remove(id)))();
}

async function viewsOf({ host }: Machine, driver: Driver, ids: readonly LayerId[]): Promise<readonly unknown[]> {
  const views: unknown[] = [];
  for (const id of ids) views.push(await viewOf(host, driver, id));
  return views;
}

function ignore(): void {
  // Warnings about archives are for other tests.
}
