import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, repair } from '../../../src/core/check/store.ts';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId, type LayerId } from '../../../src/core/layer-id.ts';
import { dirname, isDirectory, join, O_CREAT, O_TRUNC, O_WRONLY, type Path } from '../../../src/host/index.ts';
import { configOf } from '../../laws/check.ts';
import { overlay } from '../../laws/overlay.ts';
import { stackUp, viewOf } from '../../laws/stack.ts';
import { vfs } from '../../laws/vfs.ts';
import { homeOf, openDriver, overlay2, type Machine, type World } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

// What a power failure or another program can do to a store: each kind of damage by itself and several together, with what a
// check says of it and whether a repair mends it.

/** Layers `layer-0` (base), `layer-1` on it and `layer-2` on that; `layer-3` has never been. */
const ids = [0, 1, 2].map((n) => layerId(`layer-${n}`));

interface Damage {
  readonly name: string;
  /** Below the home. */
  readonly do: (home: Home) => void;
  /** What a check says at least. */
  readonly says: RegExp;
  /** Together with others it may leave nothing by which it could be mended. */
  readonly alone?: true;
}

/** A home to be damaged. */
class Home {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  at(...names: readonly string[]): Path {
    return join(homeOf(this.#machine), ...names);
  }

  /** The name of a layer in overlay2's `l/`. */
  link(id: string): string {
    const { fs } = this.#machine.host;
    const entries = fs.readdir(this.at('l')).map(({ name }) => name);
    return entries.find((name) => fs.readlink(this.at('l', name)) === `../${id}/diff`) ?? '';
  }

  write(content: string, ...names: readonly string[]): void {
    const { fs } = this.#machine.host;
    const fd = fs.open(this.at(...names), O_WRONLY | O_CREAT | O_TRUNC, 0o644);
    fs.writeAll(fd, Buffer.from(content));
    fs.close(fd);
  }

  unlink(...names: readonly string[]): void {
    const path = this.at(...names);
    if (this.#machine.host.fs.lstatIfExists(path) !== undefined) this.#machine.host.fs.unlink(path);
  }

  symlink(target: string, ...names: readonly string[]): void {
    this.#machine.host.fs.symlink(target as Path, this.at(...names));
  }

  mkdir(...names: readonly string[]): void {
    this.#machine.host.fs.mkdir(this.at(...names), 0o700);
  }

  /** Removes a directory with the empty directories in it. */
  rmdir(...names: readonly string[]): void {
    const { fs } = this.#machine.host;
    const path = this.at(...names);
    const found = fs.lstatIfExists(path);
    if (found === undefined || !isDirectory(found.mode)) return;
    for (const { name } of fs.readdir(path)) this.rmdir(...names, name);
    fs.rmdir(path);
  }

  /** A record of an image's layer, beside the home. */
  record(chain: string, ...files: readonly (readonly [name: string, content: string])[]): void {
    const { fs } = this.#machine.host;
    let directory = dirname(homeOf(this.#machine));
    for (const name of ['graphdriver', this.#machine.driver.name, 'sha256', chain.repeat(32)]) {
      directory = join(directory, name);
      if (fs.lstatIfExists(directory) === undefined) fs.mkdir(directory, 0o700);
    }
    for (const [name, content] of files) {
      const fd = fs.open(join(directory, name), O_WRONLY | O_CREAT | O_TRUNC, 0o644);
      fs.writeAll(fd, Buffer.from(content));
      fs.close(fd);
    }
  }
}

const diff = `sha256:${'cd'.repeat(32)}`;

/** What can happen to the homes of all drivers. */
const common: readonly Damage[] = [
  {
    name: 'a record of no layer',
    do: (home) => {
      home.record('ab', ['cache-id', 'layer-3'], ['diff', diff]);
    },
    says: /record of layer-3, which is no layer/,
  },
  {
    name: 'half a record',
    do: (home) => {
      home.record('ef', ['diff', diff]);
    },
    says: /half a record/,
  },
];

function overlayDamages(work: readonly string[]): readonly Damage[] {
  return [
    {
      name: 'a removal cut short',
      do: (home) => {
        home.mkdir('.removing-X');
        home.write('left', '.removing-X', 'file');
      },
      says: /removal was cut short/,
    },
    {
      name: 'a creation cut short',
      do: (home) => {
        home.mkdir('.staging-X');
      },
      says: /creation was cut short/,
    },
    {
      name: 'a trial cut short',
      do: (home) => {
        home.mkdir('.trial-X');
      },
      says: /trial mount was cut short/,
    },
    {
      name: 'holders of a mount that is gone',
      do: (home) => {
        home.write('other-boot 0000000001\n', 'layer-1', 'holders');
      },
      says: /counts holders of/,
    },
    {
      name: 'no work directory',
      do: (home) => {
        home.rmdir(...work);
      },
      says: /directory is missing/,
    },
  ];
}

const damagesOf: ReadonlyMap<string, readonly Damage[]> = new Map([
  [
    'overlay2',
    [
      ...common,
      ...overlayDamages(['layer-1', 'work']),
      {
        name: 'no name in l/',
        do: (home) => {
          home.unlink('l', home.link('layer-1') || 'none');
        },
        says: /goes by this name, which is missing/,
      },
      {
        name: 'an empty link',
        do: (home) => {
          home.write('', 'layer-1', 'link');
        },
        says: /name in `l\/` is not in it/,
      },
      {
        name: 'no link, of a layer that others stand on',
        do: (home) => {
          home.unlink('layer-0', 'link');
        },
        says: /name in `l\/` is not in it/,
      },
      {
        name: 'neither half of a link',
        alone: true,
        do: (home) => {
          home.unlink('l', home.link('layer-1') || 'none');
          home.unlink('layer-1', 'link');
        },
        says: /name in `l\/` is not in it/,
      },
      {
        name: 'a second name',
        do: (home) => {
          home.symlink('../layer-2/diff', 'l', 'SECOND');
        },
        says: /does not go by this name|name in `l\/` is not in it/,
      },
      {
        name: 'a name that leads nowhere',
        do: (home) => {
          home.symlink('../layer-3/diff', 'l', 'NOWHERE');
        },
        says: /leads to layer-3, which is no layer/,
      },
      {
        name: 'an empty lower',
        do: (home) => {
          home.write('', 'layer-1', 'lower');
        },
        says: /does not list the layers below/,
      },
      {
        name: 'an empty lower of a layer without others below',
        alone: true,
        do: (home) => {
          home.write('', 'layer-0', 'lower');
        },
        says: /does not list the layers below/,
      },
      {
        name: 'no lower',
        do: (home) => {
          home.unlink('layer-1', 'lower');
        },
        says: /list of the layers below is missing/,
      },
    ],
  ],
  [
    'overlay',
    [
      ...common,
      ...overlayDamages(['layer-3', 'work']).filter(({ name }) => name !== 'no work directory'),
      {
        name: 'a parent that is no name',
        do: (home) => {
          home.write('a/b', 'layer-1', 'parent');
        },
        says: /does not name a parent/,
      },
      {
        name: 'what is needed no more',
        do: (home) => {
          home.mkdir('layer-1', 'upper');
        },
        says: /has a tree of its own/,
      },
    ],
  ],
  [
    'vfs',
    [
      ...common,
      {
        name: 'a note of no layer',
        do: (home) => {
          home.write('layer-0', 'parents', 'layer-3');
        },
        says: /notes a parent of no layer/,
      },
      {
        name: 'a removal cut short',
        do: (home) => {
          home.mkdir('dir', '.removing-X');
        },
        says: /removal was cut short/,
      },
    ],
  ],
  [
    'aufs',
    [
      ...common,
      {
        name: 'a removal cut short',
        do: (home) => {
          home.mkdir('diff', 'layer-3-removing');
        },
        says: /removal was cut short/,
      },
      {
        name: 'a creation cut short',
        do: (home) => {
          home.write('', 'unfinished', 'layer-3');
          home.mkdir('diff', 'layer-3');
        },
        says: /creation or a removal was cut short/,
      },
      {
        name: 'no mount point',
        do: (home) => {
          home.rmdir('mnt', 'layer-1');
        },
        says: /directory is missing/,
      },
      {
        name: 'an empty mount point of no layer',
        do: (home) => {
          home.mkdir('mnt', 'layer-4');
        },
        says: /belongs to no layer/,
      },
      {
        name: 'holders of no layer',
        do: (home) => {
          home.write('boot 0000000001\n', 'held', 'layer-3');
        },
        says: /counts holders of no layer/,
      },
    ],
  ],
]);

const worlds: readonly (readonly [name: string, world: World])[] = [
  ['overlay2', new SimWorld(overlay2())],
  ['overlay', new SimWorld(overlay)],
  ['vfs', new SimWorld(vfs)],
  ['aufs', new AufsWorld()],
];

async function prepared(world: World): Promise<Machine> {
  const machine = world.start();
  await stackUp(await openDriver(machine), [new Map(), new Map(), new Map()]);
  return machine;
}

async function viewsOf(machine: Machine, driver: Driver): Promise<readonly unknown[]> {
  const views: unknown[] = [];
  for (const id of ids) views.push(await viewOf(machine.host, driver, id));
  return views;
}

describe.each(worlds)('a damaged store of %s', (name, world) => {
  const damages = damagesOf.get(name) ?? [];

  it('is in order before', async () => {
    expect(await check(name, configOf(await prepared(world)))).toEqual([]);
  });

  it.each(damages)('is found out with $name, and mended', async (damage) => {
    await isMended(await prepared(world), [damage]);
  });

  it('is mended when several things are wrong', async () => {
    const first = await prepared(world);
    const some = fc.uniqueArray(fc.constantFrom(...damages.filter(({ alone }) => alone !== true)), {
      minLength: 2,
      maxLength: 2,
    });
    await fc.assert(
      fc.asyncProperty(some, async (several) => isMended(first.clone?.() ?? (await prepared(world)), several)),
      { numRuns: 6 },
    );
  });
});

it('a layer of overlay2 that has lost both its list and its work directory is no base layer while a child knows of one', async () => {
  const both = ['no work directory', 'no lower'];
  const damages = (damagesOf.get('overlay2') ?? []).filter(({ name }) => both.includes(name));
  expect(damages.map(({ name }) => name)).toEqual(both);
  await isMended(await prepared(new SimWorld(overlay2())), damages);
});

it('a name of overlay2 that two children repeat is the one that their parent had', async () => {
  const machine = await prepared(new SimWorld(overlay2()));
  const parent = layerId('layer-1');
  await (await openDriver(machine)).create(layerId('second-child'), parent);
  const home = new Home(machine);
  const name = home.link('layer-1');
  home.unlink('l', name);
  home.unlink('layer-1', 'link');
  expect((await repair('overlay2', configOf(machine))).left).toEqual([]);
  expect(home.link('layer-1')).toBe(name);
  expect(await (await openDriver(machine)).parentOf(layerId('second-child'))).toBe(parent);
});

it('children of overlay2 that do not agree tell nothing of the layers below their parent', async () => {
  const machine = await prepared(new SimWorld(overlay2()));
  const home = new Home(machine);
  await (await openDriver(machine)).create(layerId('second-child'), layerId('layer-1'));
  home.write(`l/${home.link('layer-1')}`, 'second-child', 'lower');
  home.unlink('layer-1', 'lower');
  const { mended, left } = await repair('overlay2', configOf(machine));
  expect(mended).toEqual([]);
  expect(left.map(({ layer, what }) => `${layer}: ${what}`)).toContain(
    'layer-1: the list of the layers below is missing',
  );
});

it('a layer of overlay over one without a tree cannot be mended', async () => {
  const machine = await prepared(new SimWorld(overlay));
  await (await openDriver(machine)).createReadWrite(layerId('container'), layerId('layer-2'));
  await (await openDriver(machine)).createReadWrite(layerId('other'), layerId('layer-2'));
  new Home(machine).write('other', 'container', 'lower-id');
  const { mended, left } = await repair('overlay', configOf(machine));
  expect(mended).toEqual([]);
  expect(left.map(({ layer, what }) => `${layer}: ${what}`)).toEqual([
    'container: it does not name a layer with a `root`',
  ]);
});

it.each<readonly [string, World, readonly string[]]>([
  ['overlay2', new SimWorld(overlay2()), ['layer-1', 'holders']],
  ['aufs', new AufsWorld(), ['held', 'layer-1']],
])('a mount of %s stays where a count was cut short before anything was in it', async (name, world, count) => {
  const machine = await prepared(world);
  const driver = await openDriver(machine);
  const layer = layerId('layer-1');
  const view = await driver.get(layer);
  new Home(machine).write('', ...count);
  const { mended, left } = await repair(name, configOf(machine));
  expect([mended, left]).toEqual([[], []]);
  expect(machine.host.mount.table().map(({ target }) => target)).toContain(view);
  await driver.put(layer);
  expect(await check(name, configOf(machine))).toEqual([]);
});

it('a directory of aufs that belongs to no layer is kept with what is in it', async () => {
  const machine = await prepared(new AufsWorld());
  const home = new Home(machine);
  home.mkdir('diff', 'found');
  home.write('precious', 'diff', 'found', 'file');
  const { mended, left } = await repair('aufs', configOf(machine));
  expect(mended).toEqual([]);
  expect(left.map(({ what }) => what)).toEqual(['it belongs to no layer; look into it, and remove it']);
});

async function isMended(machine: Machine, damages: readonly Damage[]): Promise<void> {
  const { name } = machine.driver;
  const config = configOf(machine);
  const views = await viewsOf(machine, await openDriver(machine));
  for (const damage of damages) damage.do(new Home(machine));
  const found = await check(name, config);
  const words = found.map(({ what }) => what).join('\n');
  const [only] = damages.length === 1 ? damages : [];
  if (only !== undefined) expect(words).toMatch(only.says);
  const { mended, left } = await repair(name, config);
  expect(left).toEqual([]);
  expect(mended.length).toBeGreaterThan(0);
  expect(await check(name, config)).toEqual([]);
  const driver = await openDriver(machine);
  expect(await driver.list()).toEqual(ids satisfies readonly LayerId[]);
  expect(await viewsOf(machine, driver)).toEqual(views);
}
