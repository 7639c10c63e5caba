import fc from 'fast-check';
import { expect } from 'vitest';
import type { Change } from '../../src/core/changes/change.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { textFromPath } from '../../src/host/index.ts';
import { layerOf } from './archive-meaning.ts';
import { edits, type AimedEdit } from './edits.ts';
import { layers, meaningOf, withLayers, withoutDevices, type Layer } from './layer.ts';
import { allowed } from './ownership.ts';
import { bytesOf, runContainer, stackUp, streamOf, viewOf } from './stack.ts';
import { onMachine, openDriver, type World } from './world.ts';
import { readable, withoutDirectoryTimes, type Node, type View } from './view.ts';

/** What layers hold. Each law is a property over a world; both hosts run the same. */

/** Whatever was applied, layer by layer, is what a reader sees. */
export function appliedIsSeen(world: World): fc.IAsyncProperty<[readonly Layer[]]> {
  return fc.asyncProperty(layers, (drawn) =>
    onMachine(world, async (machine) => {
      const own = allowed(machine, drawn);
      // In a user namespace devices are left out, as the driver warns.
      const stack = machine.host.system.inUserNamespace() ? own.map(withoutDevices) : own;
      const driver = await openDriver(machine, { warn: ignore });
      const ids = await stackUp(driver, stack);
      const seen = await viewOf(machine.host, driver, top(ids));
      expect(readable(seen)).toEqual(readable(meaningOf(stack, root(seen))));
    }),
  );
}

/** A diff, applied to a new child of the same parent, gives the same view, and the same changes. */
export function diffCarriesOver(world: World): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[]]> {
  return fc.asyncProperty(layers, edits, (stack, made) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine, { warn: ignore });
      const parent = top(await stackUp(driver, allowed(machine, stack)));
      await runContainer(host, driver, original, parent, made);
      const diff = await bytesOf(await driver.diff(original, parent));
      await driver.create(copy, parent);
      await driver.applyDiff(copy, parent, streamOf(diff));
      const carried = machine.driver.diffs === 'native' ? readable : withoutDirectoryTimes;
      const wanted = carried(await viewOf(host, driver, original));
      expect(carried(await viewOf(host, driver, copy))).toEqual(wanted);
      await driver.createFromDiff(again, parent, streamOf(diff));
      expect(carried(await viewOf(host, driver, again))).toEqual(wanted);
      expect(await driver.changes(copy, parent)).toEqual(await driver.changes(original, parent));
    }),
  );
}

/** The changes are what tells one view from the other, against any ancestor, and there are none where nothing differs. */
export function changesTellViewsApart(world: World): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[]]> {
  return fc.asyncProperty(layers, edits, (stack, made) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine, { warn: ignore });
      const ids = await stackUp(driver, allowed(machine, stack));
      await runContainer(host, driver, original, top(ids), made);
      const newer = await viewOf(host, driver, original);
      for (const older of ids) {
        const wanted = changesBetween(newer, await viewOf(host, driver, older));
        expect(readableChanges(await driver.changes(original, older))).toEqual(readableChanges(wanted));
      }
    }),
  );
}

/**
 * A diff and the changes tell the same story: put on the parent's view, the diff makes the layer's view; it names all that
 * changed; and what else it names is as it was.
 */
export function diffTellsChanges(world: World): fc.IAsyncProperty<[readonly Layer[], readonly AimedEdit[]]> {
  return fc.asyncProperty(layers, edits, (stack, made) =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine, { warn: ignore });
      const ids = await stackUp(driver, allowed(machine, stack));
      await runContainer(host, driver, original, top(ids), made);
      const newer = await viewOf(host, driver, original);
      // Against the parent diffs are native, against all others naive.
      for (const id of ids) {
        const older = await viewOf(host, driver, id);
        const told = layerOf(await bytesOf(await driver.diff(original, id)));
        expect(plainView(withLayers(older, [told]))).toEqual(plainView(newer));
        const changes = await driver.changes(original, id);
        const changed = new Set<string>(changes.map(({ path }) => path));
        for (const path of told.keys()) {
          if (!changed.has(path)) expect([path, plain(newer.get(path))]).toEqual([path, plain(older.get(path))]);
        }
      }
    }),
  );
}

/** What of a node counts as a change of it. */
function plain(node: Node | undefined): unknown {
  return node && { ...node, names: undefined, mtime: node.type === 'directory' ? undefined : node.mtime };
}

function plainView(view: View): unknown {
  return Object.fromEntries(Object.entries(readable(view)).map(([path, node]) => [path, plain(node)]));
}

const original = layerId('original');
const copy = layerId('copy');
const again = layerId('again');

function top(ids: readonly LayerId[]): LayerId {
  return ids.at(-1) ?? layerId('none');
}

function root(view: View): Node {
  const node = view.get('/');
  if (node === undefined) throw new Error('a view without a root');
  return node;
}

function ignore(): void {
  // Archives may hold what cannot be carried over; what a law says of them, it checks.
}

/** The changes by their definition, from two views that were read whole. Names of one file are not looked at. */
export function changesBetween(newer: View, older: View): readonly Change[] {
  const changes = new Map<string, Change['kind']>();
  for (const [path, node] of newer) {
    const before = older.get(path);
    if (before === undefined) changes.set(path, 'A');
    else if (differs(node, before)) changes.set(path, 'C');
  }
  for (const path of older.keys()) {
    const above = parentPath(path);
    if (!newer.has(path) && newer.get(above)?.type === 'directory' && older.get(above)?.type === 'directory') {
      changes.set(path, 'D');
    }
  }
  for (const path of [...changes.keys()]) {
    for (let above = parentPath(path); above !== '/'; above = parentPath(above)) {
      if (!changes.has(above)) changes.set(above, 'C');
    }
  }
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([path, kind]) => ({ kind, path: path as Change['path'] }));
}

/** A directory's time does not count, nor does that of the root, nor which other names a file has. */
function differs(a: Node, b: Node): boolean {
  return JSON.stringify(plain(a)) !== JSON.stringify(plain(b));
}

function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

function readableChanges(changes: readonly Change[]): readonly string[] {
  return changes.map(({ kind, path }) => `${kind} ${textFromPath(path)}`);
}
