import { expect } from 'vitest';
import { layerId } from '../../src/core/layer-id.ts';
import { fileMember } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { allowedLayer } from './ownership.ts';
import { viewOf } from './stack.ts';
import { onMachine, openDriver, type Machine, type World } from './world.ts';

/* What one process does while another one reads the archive of a layer, which takes long. */

const [below, layer] = [layerId('below'), layerId('layer')];

/** An archive with one file, before which somebody else comes. */
async function* after(machine: Machine, others: () => Promise<void>): AsyncGenerator<Uint8Array> {
  await others();
  for await (const chunk of archiveOf(allowedLayer(machine, new Map([['/new', fileMember('new')]])))) yield chunk;
}

/** Who comes first has the id; the layer of the other is not there. */
export async function firstHasTheId(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const [driver, other] = [await openDriver(machine), await openDriver(machine)];
    const archive = after(machine, () => other.create(layer, ''));
    await expect(driver.createFromDiff(layer, '', archive)).rejects.toMatchObject({ code: 'EEXIST' });
    expect([...(await viewOf(machine.host, driver, layer)).keys()]).toEqual(['/']);
    expect(await driver.list()).toEqual([layer]);
  });
}

/** A layer is made on the parent that was there when it was begun, or not at all; a mount over it loses its files. */
export async function parentStays(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const [driver, other] = [await openDriver(machine), await openDriver(machine)];
    await driver.create(below, '');
    const archive = after(machine, async () => {
      await other.remove(below);
      await other.create(below, '');
    });
    await expect(driver.createFromDiff(layer, below, archive)).rejects.toThrow(/ESTALE|ENOENT/);
    expect(await driver.list()).toEqual([below]);
  });
}

/** What somebody has begun to look at is not exchanged for something else; a driver that does not count lets them look. */
export async function heldStays(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const [driver, other] = [await openDriver(machine), await openDriver(machine)];
    await driver.create(below, '');
    await driver.create(layer, below);
    const filled = driver.applyDiff(
      layer,
      below,
      after(machine, async () => {
        await other.get(layer);
      }),
    );
    if (machine.driver.holding === 'counted') await expect(filled).rejects.toMatchObject({ code: 'EBUSY' });
    else expect(await filled).toBe(3);
    await other.put(layer);
    const there = [...(await viewOf(machine.host, driver, layer)).keys()];
    expect(there).toEqual(machine.driver.holding === 'counted' ? ['/'] : ['/', '/new']);
  });
}
