import { expect, it } from 'vitest';
import { layerId } from '../../../src/core/layer-id.ts';
import { bytesOf, viewOf } from '../../laws/stack.ts';
import { vfs } from '../../laws/vfs.ts';
import { onMachine, openDriver } from '../../laws/world.ts';
import { layerBytes, type CraftedEntry } from '../archive/layer-cases.ts';
import { streamOf } from '../archive/unpack-case.ts';
import { SimWorld } from '../sim-world.ts';

const user = { uid: 1000, gid: 1000 };
const world = new SimWorld(vfs, undefined, { user });
const base = layerId('base');

function archiveOf(...entries: readonly CraftedEntry[]): ReturnType<typeof streamOf> {
  return streamOf(layerBytes(entries.map((entry) => ({ ...user, ...entry }))));
}

it('a link to a file of the layer is one to all its names, also in a directory that its owner may not write to', () =>
  onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    const directory = { type: 'dir', name: 'd/', mode: '0555', mtime: 7 };
    const file = { type: 'file', name: 'd/f', data: 'x', mode: '0444' };
    const link = { type: 'hardlink', name: 'g', linkname: 'd/f', mode: '0444' };
    await driver.createFromDiff(base, '', archiveOf(directory, file, link));
    await driver.applyDiff(base, '', archiveOf({ type: 'hardlink', name: 'h', linkname: 'g', mode: '0640' }));
    const view = await viewOf(machine.host, driver, base);
    expect(view.get('/d')).toMatchObject({ mode: 0o555, mtime: 7 });
    expect(view.get('/h')).toMatchObject({ mode: 0o640, content: 'x', names: ['/d/f', '/g', '/h'] });
    await driver.remove(base);
    await openDriver(machine);
  }));

it('a copy and a diff that end say which file could not be read', () =>
  onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.createFromDiff(base, '', archiveOf({ type: 'file', name: 'a/b/secret', data: 'x', mode: '0' }));
    await expect(driver.create(layerId('child'), base)).rejects.toThrow(
      "EACCES: permission denied, copy: open '/a/b/secret'",
    );
    await expect(driver.diff(base, '').then(bytesOf)).rejects.toThrow(
      "EACCES: permission denied, pack: open 'a/b/secret'",
    );
    expect(await driver.list()).toEqual([base]);
  }));
