import { expect, test } from 'vitest';
import { ArchiveError } from '../../../src/core/archive/index.ts';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId, type LayerId, type ParentId } from '../../../src/core/layer-id.ts';
import { viewRows } from '../../../src/cli/view.ts';
import type { DumpRow } from '../../../src/core/tree/index.ts';
import { onMachine, openDriver, type Machine, type World } from '../../laws/world.ts';
import { layerBytes, type LayerCase } from './layer-cases.ts';
import { cases, expectations, expectedView, withoutPresent, type ExpectedRow } from './layers-law.ts';
import { ruleCases, summaries } from './rules/index.ts';
import { streamOf } from './unpack-case.ts';

/**
 * What a layer of overlayfs cannot represent, with the layer that overlay2 refuses (A7). All else has one view with every driver.
 * A character device 0:0 is how overlayfs writes a whiteout: it would delete what it should show.
 */
const notForOverlay: ReadonlyMap<string, { readonly refused: number; readonly why: string }> = new Map([
  ['device-zero-in-base', { refused: 0, why: 'it is a whiteout' }],
  ['device-zero-hardlink', { refused: 1, why: 'a link to it is a whiteout as well' }],
  ['device-v7', { refused: 0, why: 'a v7 header has no device numbers, so that its device is 0:0' }],
  ['a device 0:0', { refused: 1, why: 'it is a whiteout' }],
]);

/** What became of a case: the view of its topmost layer, or the first layer that was refused. */
interface Outcome {
  readonly refused?: number;
  readonly view?: readonly DumpRow[];
}

/** Every case has the view that it has when it is unpacked over one tree, whatever the driver. */
export function checkDriver(driver: 'overlay2' | 'overlay' | 'aufs' | 'vfs', world: () => World): void {
  const rootTime = driver === 'aufs' ? 'moved by a mount' : 'kept';
  const overTree = expectations.filter(({ form }) => form === 'tree');

  test.each(overTree)(`$id with ${driver}`, async (expectation) => {
    const { id } = expectation;
    const layerCase = cases.get(id);
    if (layerCase === undefined) throw new Error(`no case ${id}`);
    const outcome = await onMachine(world(), (machine) => load(machine, layerCase));
    const exception = driver === 'overlay2' ? notForOverlay.get(id) : undefined;
    expect(outcome.refused).toBe(exception === undefined ? expectation.refused : exception.refused);
    if (exception !== undefined) return;
    const view = timesOfRoot(expectedView(expectation), rootTime);
    expect(withoutPresent(outcome.view, view)).toEqual(view);
  });

  test.each(ruleCases)(`$rule: $id, with ${driver}`, async ({ expected, ...ruleCase }) => {
    const { refused, view } = await onMachine(world(), (machine) => load(machine, ruleCase));
    const outcome = refused === undefined ? summaries(view ?? []) : { refused };
    const exception = driver === 'overlay2' ? notForOverlay.get(ruleCase.id) : undefined;
    expect(outcome).toEqual(
      exception === undefined ? (expected.tree ?? expected.both) : { refused: exception.refused },
    );
  });
}

/** aufs makes files of its own in the branch that it writes to, at every mount, which moves the time of the root. */
function timesOfRoot(
  view: readonly ExpectedRow[] | undefined,
  time: 'kept' | 'moved by a mount',
): readonly ExpectedRow[] | undefined {
  if (time === 'kept') return view;
  return view?.map((row) => (row.path === '.' ? { ...row, mtime: null, mtimeNs: null } : row));
}

/** Makes each layer of the case with the driver, and looks at the topmost one. */
async function load(machine: Machine, { layers }: LayerCase): Promise<Outcome> {
  const driver = await openDriver(machine, { warn: () => undefined });
  let parent: ParentId = '';
  for (const [n, entries] of layers.entries()) {
    const id = layerId(`layer${n}`);
    if (!(await isAccepted(driver, id, parent, layerBytes(entries)))) return { refused: n };
    parent = id;
  }
  return parent === '' ? {} : { view: await viewOf(machine, driver, parent) };
}

/** A layer that is refused must not be there. */
async function isAccepted(driver: Driver, id: LayerId, parent: ParentId, archive: Buffer): Promise<boolean> {
  try {
    await driver.createFromDiff(id, parent, streamOf(archive));
    return true;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    expect(await driver.exists(id)).toBe(false);
    return false;
  }
}

async function viewOf({ host }: Machine, driver: Driver, id: LayerId): Promise<readonly DumpRow[]> {
  const root = await driver.get(id);
  try {
    return [...(await viewRows(host, driver, id, root))];
  } finally {
    await driver.put(id);
  }
}
