import { describe, expect, it } from 'vitest';
import { check, repair } from '../../../src/core/check/store.ts';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { join, O_CREAT, O_WRONLY, type Host, type Path } from '../../../src/host/index.ts';
import { configOf } from '../../laws/check.ts';
import { homeOf, onMachine, openDriver, overlay2, type Machine } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

// What other programs have done below a root, and what of it is theirs.

const [base, layer] = [layerId('base'), layerId('layer')];
const world = new SimWorld(overlay2());

/** A layer that somebody holds, and where its view is. */
async function held(machine: Machine): Promise<{ readonly driver: Driver; readonly merged: Path }> {
  const driver = await openDriver(machine);
  await driver.create(base, '');
  await driver.createReadWrite(layer, base);
  return { driver, merged: await driver.get(layer) };
}

function mountsOn({ host }: Machine, target: Path): number {
  return host.mount.table().filter((each) => each.target === target).length;
}

function makeFile({ fs }: Host, directory: Path, name: string, content: string): void {
  const fd = fs.open(join(directory, name), O_WRONLY | O_CREAT, 0o644);
  fs.writeAll(fd, Buffer.from(content));
  fs.close(fd);
}

/** What is wrong, what of it was mended, and what is left. */
async function mended(machine: Machine): Promise<readonly [string[], string[], string[]]> {
  const said = (each: { readonly what: string }): string => each.what;
  const found = (await check('overlay2', configOf(machine))).map(said);
  const { mended, left } = await repair('overlay2', configOf(machine));
  return [found, mended.map(said), left.map(said)];
}

describe('a check', () => {
  it('leaves mounts that are no layer’s, and knows what holders mount in a view', () =>
    onMachine(world, async (machine) => {
      const { merged } = await held(machine);
      machine.host.fs.mkdir(join(merged, 'volume'), 0o755);
      machine.host.mount.mount('volume', join(merged, 'volume'), 'tmpfs', 0, '');
      expect(await mended(machine)).toEqual([[], [], []]);
      const stray = join(homeOf(machine), 'base/diff');
      machine.host.mount.mount('stray', stray, 'tmpfs', 0, '');
      const what = 'this mount is no layer’s; unmount it';
      expect(await mended(machine)).toEqual([[what], [], [what]]);
      expect(mountsOn(machine, stray)).toBe(1);
    }));

  it('leaves a layer that is mounted twice', () =>
    onMachine(world, async (machine) => {
      const { merged } = await held(machine);
      machine.host.mount.mount('again', merged, 'tmpfs', 0, '');
      const what = 'the layer is mounted more than once; unmount the upper one';
      expect(await mended(machine)).toEqual([[what], [], [what]]);
      expect(mountsOn(machine, merged)).toBe(2);
    }));

  it('forgets holders of a mount that is gone, and its mount point', () =>
    onMachine(world, async (machine) => {
      const { driver, merged } = await held(machine);
      // One holder is the mount itself; a second one is counted.
      await driver.get(layer);
      expect(await mended(machine)).toEqual([[], [], []]);
      machine.host.mount.umount2(merged, 0);
      const what = 'it counts holders of a mount that is gone';
      expect(await mended(machine)).toEqual([[what], [what], []]);
      expect(machine.host.fs.lstatIfExists(merged)).toBeUndefined();
      await driver.remove(layer);
    }));

  it('mends what is seen only when something else is mended', () =>
    onMachine(new AufsWorld(), async (machine) => {
      await openDriver(machine);
      const at = (path: string): Path => join(homeOf(machine), path);
      machine.host.fs.rmdir(at('held'));
      machine.host.fs.mkdir(at('mnt/nobodys'), 0o755);
      const config = configOf(machine);
      const { mended, left } = await repair('aufs', config);
      expect([mended.map(({ path }) => path), left]).toEqual([[at('held'), at('mnt/nobodys')], []]);
      expect(await check('aufs', config)).toEqual([]);
      expect(machine.host.fs.lstat(at('held')).permissions).toBe(0o700);
    }));

  it('misses no records where none are kept', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(layerId('ab'.repeat(32)), '');
      expect(await check('overlay2', configOf(machine))).toEqual([]);
    }));

  it('leaves dockerd’s records to dockerd', () =>
    onMachine(world, async (machine) => {
      await held(machine);
      let directory = machine.directory;
      for (const name of ['image', 'overlay2', 'layerdb', 'sha256', 'ab'.repeat(32)]) {
        directory = join(directory, name);
        machine.host.fs.mkdir(directory, 0o700);
      }
      makeFile(machine.host, directory, 'cache-id', 'gone');
      makeFile(machine.host, directory, 'diff', `sha256:${'cd'.repeat(32)}`);
      const what = 'it is the record of gone, which is no layer; dockerd’s records are dockerd’s to mend';
      expect(await mended(machine)).toEqual([[what], [], [what]]);
      expect(machine.host.fs.lstatIfExists(join(directory, 'cache-id'))).toBeDefined();
    }));
});
