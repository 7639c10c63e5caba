import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { readFileIfExists } from '../../../src/core/files/read-file.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { isSystemError, join, type Path } from '../../../src/host/index.ts';
import { streamOf, viewOf } from '../../laws/stack.ts';
import { inTree } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver, overlay2, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

type Members = Parameters<typeof tarOf>[0];

/** So long that three paths and the rest come to a page with some id. */
const deep = [250, 250, 250, 250, 249].map((length) => 'h'.repeat(length)).join('/');

const [a, b, c] = [layerId('a'), layerId('b'), layerId('c')];
const world = new SimWorld(overlay2());

function run<T>(quirks: readonly Quirk[], action: (driver: Driver, machine: Machine) => Promise<T>): Promise<T> {
  return onMachine(world, async (machine) => action(await openDriver(machine, { quirks: new Set(quirks) }), machine));
}

describe('overlay2', () => {
  it('leak-links leaves the link and the mark of a layer that is not created, over openings', async () => {
    const left = (...quirks: readonly Quirk[]): Promise<{ links: number; committed: boolean }> =>
      run(quirks, async (driver, machine) => {
        const { host } = machine;
        const at = (name: string): Path => join(homeOf(machine), name);
        await driver.create(a, '');
        host.fs.unlink(at('a/link'));
        await expect(driver.create(b, a)).rejects.toThrow(/damaged/);
        await expect(driver.create(c, layerId('unknown'))).rejects.toThrow(/^ENOENT/);
        await openDriver(machine, { quirks: new Set(quirks) });
        const committed = host.fs.lstatIfExists(at('a/committed')) !== undefined;
        return { links: host.fs.readdir(at('l')).length, committed };
      });
    expect(await left()).toEqual({ links: 1, committed: false });
    expect(await left('leak-links')).toEqual({ links: 3, committed: true });
  });

  it('leak-links makes layers all the same', async () => {
    await run(['leak-links'], async (driver, machine) => {
      await driver.create(a, '');
      await driver.create(b, a);
      await expect(driver.create(b, a)).rejects.toThrow(/^EEXIST/);
      expect([...(await viewOf(machine.host, driver, b)).keys()]).toEqual(['/']);
      expect(await driver.parentOf(b)).toBe(a);
      expect(machine.host.fs.readdir(join(homeOf(machine), 'l'))).toHaveLength(2);
    });
  });

  it('forget-links leaves the link of a layer that is removed, over openings', async () => {
    const left = (...quirks: readonly Quirk[]): Promise<number> =>
      run(quirks, async (driver, machine) => {
        await driver.create(a, '');
        await driver.remove(a);
        await openDriver(machine, { quirks: new Set(quirks) });
        return machine.host.fs.readdir(join(homeOf(machine), 'l')).length;
      });
    expect(await left()).toBe(0);
    expect(await left('forget-links')).toBe(1);
  });

  it.each<[string, Members, Members, readonly string[], readonly string[] | RegExp]>([
    [
      'tells an opaque directory as deleted',
      [{ name: 'd/old' }],
      [{ name: '.wh.d' }, { name: 'd/', type: 'directory' }, { name: 'd/new' }],
      ['C /d', 'A /d/new', 'D /d/old'],
      ['D /d', 'A /d/new'],
    ],
    [
      'tells whiteouts, and directories above what is new',
      [{ name: 'd/old' }, { name: 'e/f' }, { name: 'g' }],
      [{ name: 'd/.wh.old' }, { name: 'e/f', content: 'x' }, { name: 'h/i' }],
      ['C /d', 'D /d/old', 'C /e', 'C /e/f', 'A /h', 'A /h/i'],
      ['C /d', 'D /d/old', 'C /e/f', 'A /h', 'A /h/i'],
    ],
    [
      'has no answer where a directory takes the place of a file',
      [{ name: 'd' }],
      [{ name: '.wh.d' }, { name: 'd/', type: 'directory' }, { name: 'd/new' }],
      ['C /d', 'A /d/new'],
      /^ENOTDIR/,
    ],
  ])('walk-upper %s', async (_what, below, above, rightly, wrongly) => {
    const told = (...quirks: readonly Quirk[]): Promise<readonly string[]> =>
      run(quirks, async (driver) => {
        await driver.createFromDiff(a, '', streamOf(await tarOf(below)));
        await driver.createFromDiff(b, a, streamOf(await tarOf(above)));
        return (await driver.changes(b, a)).map(({ kind, path }) => `${kind} ${path}`);
      });
    expect(await told()).toEqual(rightly);
    if (wrongly instanceof RegExp) await expect(told('walk-upper')).rejects.toThrow(wrongly);
    else expect(await told('walk-upper')).toEqual(wrongly);
  });

  it('cut-lower takes a file `lower` that cannot be read for none', async () => {
    const parents = (...quirks: readonly Quirk[]): Promise<string> =>
      run(quirks, async (driver, machine) => {
        const { fs } = machine.host;
        for (const [id, parent] of [[a, ''] as const, [b, a] as const]) await driver.create(id, parent);
        const lower = join(homeOf(machine), 'b/lower');
        fs.unlink(lower);
        fs.mkdir(lower, 0o700);
        const made = await driver.create(c, b).then(
          () => true,
          () => false,
        );
        return made ? `${readFileIfExists(fs, join(homeOf(machine), 'c/lower'))?.split(':').length} below` : 'refused';
      });
    expect(await parents()).toBe('refused');
    expect(await parents('cut-lower')).toBe('1 below');
  });

  it('full-page hands the kernel as many bytes of mount data as a page has', async () => {
    const mounting = (...quirks: readonly Quirk[]): Promise<string> =>
      onMachine(world, async (plain) => {
        const machine = { ...plain, directory: join(plain.directory, deep) };
        const driver = await openDriver(machine, { quirks: new Set(quirks) });
        const home = homeOf(machine);
        await driver.create(a, '');
        // index=off,lowerdir=HOME/l/LINK,upperdir=HOME/ID/diff,workdir=HOME/ID/work
        const rest = 'index=off,lowerdir=/l/,upperdir=//diff,workdir=//work'.length + 26 + 3 * home.length;
        const id = layerId('i'.repeat((4096 - rest) / 2));
        await driver.create(id, a);
        return driver.get(id).then(
          (root) => (machine.host.fs.lstatIfExists(inTree(root, '/')) === undefined ? 'not there' : 'mounted'),
          (error: unknown) => (isSystemError(error) ? error.code : String(error)),
        );
      });
    expect(await mounting()).toBe('mounted');
    expect(await mounting('full-page')).toBe('ENOENT');
  });
});
