import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Driver, DriverInit, InitFunc } from '../../../src/core/driver.ts';
import {
  DriverError,
  IncompatibleFilesystemError,
  NotSupportedError,
  PrerequisitesError,
  RemovedDriverError,
} from '../../../src/core/errors.ts';
import type { Quirk } from '../../../src/core/quirks.ts';
import { Registry, type DriverConfig } from '../../../src/core/registry.ts';
import { parseStorageOption, StorageOptionError } from '../../../src/core/storage-option.ts';
import { errno, S_IFDIR, S_IFREG, SystemError, type Host, type Path } from '../../../src/host/index.ts';

/** What is at `<root>/<driver>`. */
type Place = 'absent' | 'below-a-file' | 'empty' | 'layers' | 'file' | 'unreadable';

/** What opening a driver comes to. */
type Opening = 'works' | 'not-supported' | 'no-prerequisites' | 'incompatible' | 'broken';

const root = '/root' as Path;
const broken = new Error('something else');

/** A host of which the registry sees no more than these places and one variable. */
function hostWith(places: Readonly<Record<string, Place>>, variable?: string): Host {
  const placeOf = (path: Path): Place => places[path.slice(path.indexOf('/', 1) + 1)] ?? 'absent';
  const fail = (number: number): never => {
    throw new SystemError(number, 'test');
  };
  const stat = (path: Path): object => {
    const place = placeOf(path);
    if (place === 'below-a-file') return fail(errno.ENOTDIR);
    return place === 'absent' ? fail(errno.ENOENT) : { mode: place === 'file' ? S_IFREG : S_IFDIR };
  };
  const readdir = (path: Path): readonly object[] => {
    const place = placeOf(path);
    return place === 'unreadable' ? fail(errno.EACCES) : place === 'layers' ? [{ name: 'l' }] : [];
  };
  const environment = (name: string): string | undefined => (name === 'DOCKER_DRIVER' ? variable : undefined);
  return { fs: { stat, readdir }, system: { environment } } as unknown as Host;
}

function open(opening: Opening): Driver {
  switch (opening) {
    case 'works':
      return {} as Driver;
    case 'not-supported':
      throw new NotSupportedError();
    case 'no-prerequisites':
      throw new PrerequisitesError();
    case 'incompatible':
      throw new IncompatibleFilesystemError();
    case 'broken':
      throw broken;
  }
}

interface Setting {
  readonly drivers: Readonly<Record<string, Opening>>;
  readonly places?: Readonly<Record<string, Place>>;
  readonly variable?: string;
  readonly name?: string;
  readonly quirks?: readonly Quirk[];
}

interface Choice {
  readonly name: string | undefined;
  readonly error: unknown;
  /** The homes that drivers were opened on, in order. */
  readonly homes: readonly string[];
}

async function choose({ drivers, places = {}, variable, name = '', quirks = [] }: Setting): Promise<Choice> {
  const homes: string[] = [];
  const registry = new Registry(quirks);
  for (const [driver, opening] of Object.entries(drivers)) {
    const init: InitFunc = ({ home }: DriverInit) => {
      homes.push(home);
      return Promise.resolve().then(() => open(opening));
    };
    registry.register(driver, init);
  }
  const config: DriverConfig = {
    host: hostWith(places, variable),
    root,
    options: [],
    durability: 'none',
    warn: () => undefined,
  };
  const chosen = await registry.new(name, config).then(
    (choice) => ({ name: choice.name, error: undefined }),
    (error: unknown) => ({ name: undefined, error }),
  );
  return { ...chosen, homes };
}

describe('choosing a driver', () => {
  it('takes the one that the environment names, then the one that is asked for, whatever their errors', async () => {
    const drivers = { overlay2: 'works', vfs: 'works', zfs: 'broken' } as const;
    expect(await choose({ drivers, variable: 'vfs', name: 'overlay2' })).toMatchObject({ name: 'vfs' });
    expect(await choose({ drivers, variable: '', name: 'vfs' })).toMatchObject({ name: 'vfs' });
    expect(await choose({ drivers, name: 'zfs' })).toEqual({ name: undefined, error: broken, homes: ['/root/zfs'] });
  });

  it('says that a driver is unknown, or that Docker has it no more', async () => {
    const unknown = await choose({ drivers: { vfs: 'works' }, name: 'btrfs' });
    expect(unknown.error).toEqual(new NotSupportedError());
    expect(String(unknown.error)).toContain('driver not supported');
    const removed = await choose({ drivers: { vfs: 'works' }, name: 'devicemapper' });
    expect(removed.error).toBeInstanceOf(RemovedDriverError);
    expect((removed.error as Error).message).toBe(
      '[graphdriver] ERROR: the devicemapper storage-driver has been deprecated and removed; ' +
        'visit https://docs.docker.com/go/storage-driver/ for more information',
    );
  });

  it('opens a driver that Docker has no more where it is registered', async () => {
    expect(await choose({ drivers: { aufs: 'works' }, name: 'aufs' })).toMatchObject({ name: 'aufs' });
  });

  it('stays with the driver that has layers, and fails with it', async () => {
    const drivers = { overlay2: 'works', btrfs: 'works', vfs: 'works' } as const;
    expect(await choose({ drivers, places: { btrfs: 'layers' } })).toMatchObject({ name: 'btrfs' });
    const failing = { ...drivers, btrfs: 'not-supported' } as const;
    const { error, homes } = await choose({ drivers: failing, places: { btrfs: 'layers' } });
    expect(error).toBeInstanceOf(NotSupportedError);
    expect(homes).toEqual(['/root/btrfs']);
  });

  it.each([
    ['absent', 'overlay2'],
    ['below-a-file', 'overlay2'],
    ['empty', 'overlay2'],
    ['layers', 'zfs'],
    ['file', 'zfs'],
    ['unreadable', 'zfs'],
  ] as const)('counts a directory that is %s rightly as layers or none', async (place, name) => {
    const drivers = { overlay2: 'works', zfs: 'works' } as const;
    expect(await choose({ drivers, places: { zfs: place } })).toMatchObject({ name });
  });

  it('refuses to choose where several drivers have layers, vfs aside', async () => {
    const drivers = { overlay2: 'works', btrfs: 'works', vfs: 'works', aufs: 'works' } as const;
    const { error } = await choose({ drivers, places: { overlay2: 'layers', btrfs: 'layers', vfs: 'layers' } });
    expect(error).toBeInstanceOf(DriverError);
    expect((error as Error).message).toBe(
      '/root contains several valid graphdrivers: btrfs, overlay2; cleanup or explicitly choose storage driver (-s <DRIVER>)',
    );
    const one = await choose({ drivers, places: { overlay2: 'layers', vfs: 'layers' } });
    expect(one).toMatchObject({ name: 'overlay2' });
    // What is in no list counts, but is never chosen for its layers; and the chosen one's own error comes first.
    const unlisted = { overlay2: 'works', mine: 'works' } as const;
    expect(await choose({ drivers: unlisted, places: { mine: 'layers' } })).toMatchObject({ name: 'overlay2' });
    const two = { overlay2: 'layers', mine: 'layers' } as const;
    expect((await choose({ drivers: unlisted, places: two })).error).toMatchObject({
      message: expect.stringContaining('mine, overlay2') as string,
    });
    expect((await choose({ drivers: { ...unlisted, overlay2: 'broken' }, places: two })).error).toBe(broken);
  });

  it('names the root as people write it', async () => {
    const registry = new Registry();
    for (const name of ['overlay2', 'zfs']) registry.register(name, () => Promise.resolve({} as Driver));
    const host = hostWith({ overlay2: 'layers', zfs: 'layers' });
    const config = {
      host,
      root: '/gr\xc3\xbcn' as Path,
      options: [],
      durability: 'none',
      warn: () => undefined,
    } as const;
    await expect(registry.new('', config)).rejects.toThrow(
      /^\/grün contains several valid graphdrivers: overlay2, zfs; /,
    );
  });

  it('chooses as in 2014 where the quirks say so', async () => {
    const drivers = { overlay2: 'works', btrfs: 'works' } as const;
    const prior = await choose({ drivers, places: { btrfs: 'layers' }, quirks: ['ignore-prior-state'] });
    expect(prior).toMatchObject({ name: 'overlay2' });
    const others = { overlay2: 'not-supported', mine: 'works' } as const;
    expect((await choose({ drivers: others })).homes).toEqual(['/root/overlay2', '/root/mine']);
    expect((await choose({ drivers: others, quirks: ['bare-root'] })).homes).toEqual(['/root/overlay2', '/root']);
  });

  it('takes the first that works, in order, and stops at an error that is not about support', async () => {
    const order = ['overlay2', 'fuse-overlayfs', 'btrfs', 'zfs', 'aufs', 'overlay', 'vfs', 'aaa', 'yyy'];
    const names = [...order].sort();
    const opening = fc.constantFrom<Opening>('works', 'not-supported', 'no-prerequisites', 'incompatible', 'broken');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), opening), async (drivers) => {
        const { name, error, homes } = await choose({ drivers });
        const registered = order.filter((each) => each in drivers);
        const last = registered.findIndex((each) => drivers[each] === 'works' || drivers[each] === 'broken');
        const tried = last < 0 ? registered : registered.slice(0, last + 1);
        expect(homes).toEqual(tried.map((each) => `/root/${each}`));
        const final = last < 0 ? undefined : registered[last];
        if (final !== undefined && drivers[final] === 'works') expect(name).toBe(final);
        else if (final !== undefined) expect(error).toBe(broken);
        else expect((error as Error).message).toBe('no supported storage driver found');
      }),
    );
  });

  it('tells which better ones do not work', async () => {
    const registry = new Registry();
    const refused = new NotSupportedError('no overlay');
    registry.register('overlay2', () => Promise.reject(refused));
    registry.register('aufs', () => Promise.reject(new PrerequisitesError()));
    registry.register('vfs', () => Promise.resolve({} as Driver));
    registry.register('yyy', () => Promise.reject(broken));
    const config = { host: hostWith({}), root, options: [], durability: 'none', warn: () => undefined } as const;
    const { name, passedOver } = await registry.new('', config);
    expect(name).toBe('vfs');
    expect(passedOver).toEqual([
      { name: 'overlay2', reason: 'driver not supported: no overlay' },
      { name: 'aufs', reason: 'prerequisites for driver not satisfied (wrong filesystem?)' },
    ]);
    expect((await registry.new('vfs', config)).passedOver).toEqual([]);
  });

  it('keeps the first of two drivers with one name', () => {
    const registry = new Registry();
    registry.register('overlay2', () => Promise.reject(broken));
    expect(() => {
      registry.register('overlay2', () => Promise.reject(new Error('the second')));
    }).toThrow(new DriverError('name already registered overlay2'));
    expect(registry.names()).toEqual(['overlay2']);
  });
});

describe('a storage option', () => {
  it('is a key and a value around the first =', () => {
    const plain = fc.string().filter((text) => !text.includes('='));
    fc.assert(
      fc.property(plain, fc.string(), (key, value) => {
        expect(parseStorageOption(` ${key} = ${value} `)).toEqual({ key: key.trim(), value: value.trim() });
      }),
    );
    expect(() => parseStorageOption('size')).toThrow(StorageOptionError);
    expect(() => parseStorageOption('size')).toThrow('unable to parse storage-opt key/value: size');
  });
});
