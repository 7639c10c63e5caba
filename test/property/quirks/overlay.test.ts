import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { isSystemError, O_CREAT, O_RDONLY, O_WRONLY, type Path } from '../../../src/host/index.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { overlay } from '../../laws/overlay.ts';
import { streamOf } from '../../laws/stack.ts';
import { inTree } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

const base = layerId('base');
const child = layerId('child');
const copy = layerId('copy');
const world = new SimWorld(overlay);

function run<T>(quirks: readonly Quirk[], action: (driver: Driver, machine: Machine) => Promise<T>): Promise<T> {
  return onMachine(world, async (machine) => action(await openDriver(machine, { quirks: new Set(quirks) }), machine));
}

async function tar(...entries: Parameters<typeof tarOf>[0]): Promise<ReturnType<typeof streamOf>> {
  return streamOf(await tarOf(entries));
}

describe('overlay', () => {
  it('write-through-links changes the parent of a layer with a hard link', async () => {
    const parentsMode = (...quirks: readonly Quirk[]): Promise<number> =>
      run(quirks, async (driver, { host }) => {
        await driver.createFromDiff(base, '', await tar({ name: 'file', content: 'x', mode: 0o644 }));
        await driver.createFromDiff(
          child,
          base,
          await tar({ name: 'name', type: 'link', linkname: 'file', mode: 0o600 }),
        );
        return host.fs.lstat(inTree(await driver.get(base), '/file')).permissions;
      });
    expect(await parentsMode()).toBe(0o644);
    expect(await parentsMode('write-through-links')).toBe(0o600);
  });

  it('fail-at-link-limit refuses a layer over one with a file of too many links', async () => {
    const onMuchLinked = (...quirks: readonly Quirk[]): Promise<number> =>
      onMachine(world, async (machine) => {
        const faulty = new FaultyHost(machine.host);
        const driver = await openDriver({ ...machine, host: faulty.host }, { quirks: new Set(quirks) });
        await driver.createFromDiff(base, '', await tar({ name: 'file', content: 'x' }));
        faulty.armAt('linkat', 'EMLINK');
        return driver.createFromDiff(child, base, await tar({ name: 'new', content: 'y' }));
      });
    expect(await onMuchLinked()).toBe(1);
    await expect(onMuchLinked('fail-at-link-limit')).rejects.toThrow(/^EMLINK/);
  });

  it('lose-directory-times gives copied directories the time of their copying', async () => {
    const timeOfCopy = (...quirks: readonly Quirk[]): Promise<number> =>
      run(quirks, async (driver, { host }) => {
        const mtime = new Date(1_000_000_000);
        await driver.createFromDiff(
          base,
          '',
          await tar({ name: 'd/', type: 'directory', mtime }, { name: 'd/f', mtime }),
        );
        await driver.createFromDiff(child, base, await tar({ name: 'new', content: 'y' }));
        return host.fs.lstat(inTree(await driver.get(child), '/d')).mtime.sec;
      });
    expect(await timeOfCopy()).toBe(1_000_000);
    expect(await timeOfCopy('lose-directory-times')).toBeGreaterThan(1_000_000);
  });

  it('split-copied-links parts the names of a file in the copy of a writable layer', async () => {
    const links = (...quirks: readonly Quirk[]): Promise<number> =>
      run(quirks, async (driver, { host }) => {
        await driver.create(base, '');
        await driver.createReadWrite(child, base);
        const root = await driver.get(child);
        host.fs.close(host.fs.open(inTree(root, '/one'), O_WRONLY | O_CREAT, 0o644));
        host.fs.link(inTree(root, '/one'), inTree(root, '/two'));
        await driver.put(child);
        await driver.createReadWrite(copy, child);
        return host.fs.lstat(inTree(await driver.get(copy), '/one')).nlink;
      });
    expect(await links()).toBe(2);
    expect(await links('split-copied-links')).toBe(1);
  });

  it('stack-mounts forgets a layer that is busy, and mounts it a second time', async () => {
    const mountsOfBusy = (...quirks: readonly Quirk[]): Promise<{ put: string; mounts: number }> =>
      run(quirks, async (driver, machine) => {
        const { host } = machine;
        await driver.create(base, '');
        await driver.createReadWrite(child, base);
        const open = host.fs.open(await driver.get(child), O_RDONLY);
        const put = await driver.put(child).then(
          () => 'done',
          (error: unknown) => (isSystemError(error) ? error.code : String(error)),
        );
        const merged: Path = await driver.get(child);
        host.fs.close(open);
        expect(merged.startsWith(homeOf(machine))).toBe(true);
        return { put, mounts: host.mount.table().filter(({ target }) => target === merged).length };
      });
    expect(await mountsOfBusy()).toEqual({ put: 'done', mounts: 1 });
    expect(await mountsOfBusy('stack-mounts')).toEqual({ put: 'EBUSY', mounts: 2 });
  });
});
