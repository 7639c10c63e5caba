import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/cli/describe-error.ts';
import { allDrivers } from '../../../src/core/drivers.ts';
import { quirksNamed } from '../../../src/core/quirks.ts';
import { AT_FDCWD, type Path } from '../../../src/host/index.ts';
import {
  linux310,
  linux40,
  linux419Aufs,
  linux510,
  linux510Zfs,
  linux618,
  linux618Btrfs,
  linux618Ext4,
  linux618Nfs,
  linux618UserNamespace,
  linux618XfsWithoutFtype,
  linuxWithoutOverlay,
  SimHost,
  simHost,
  type KernelProfile,
} from '../../../src/sim/index.ts';

const root = '/graph' as Path;

/** What is under the root before the driver is chosen: for each driver, a file in its directory. */
interface Setting {
  readonly profile: KernelProfile;
  readonly prior?: readonly string[];
  readonly environment?: string;
  readonly name?: string;
  /** An aufs of two branches, mounted where the root is. */
  readonly onAufs?: boolean;
  readonly quirks?: readonly string[];
}

function makeHost({ profile, prior = [], environment, onAufs = false }: Setting): SimHost {
  const host = simHost({
    profile,
    ...(environment === undefined ? {} : { environment: { DOCKER_DRIVER: environment } }),
  });
  for (const directory of ['/dev', '/dev/shm', '/graph', '/upper', '/lower']) host.fs.mkdir(directory as Path, 0o755);
  if (onAufs) host.mount.mount('none', root, 'aufs', 0, 'br:/upper=rw:/lower=ro');
  for (const driver of prior) {
    host.fs.mkdir(`${root}/${driver}` as Path, 0o710);
    host.calls.mkdirat(AT_FDCWD, `${root}/${driver}/layer`, 0o700);
  }
  return host;
}

/** The driver that is chosen, or what the error says. */
async function choose(setting: Setting): Promise<string> {
  const config = { host: makeHost(setting), root, options: [], durability: 'none', warn: () => undefined } as const;
  return allDrivers(quirksNamed(setting.quirks ?? []))
    .new(setting.name ?? '', config)
    .then(
      ({ name }) => name,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}

const removed =
  '[graphdriver] ERROR: the devicemapper storage-driver has been deprecated and removed; ' +
  'visit https://docs.docker.com/go/storage-driver/ for more information';
const several = (names: string): string =>
  `/graph contains several valid graphdrivers: ${names}; cleanup or explicitly choose storage driver (-s <DRIVER>)`;

const cases: readonly (readonly [string, Setting, string | RegExp])[] = [
  // Kernels.
  ['Linux 6.18', { profile: linux618 }, 'overlay2'],
  ['Linux 5.10', { profile: linux510 }, 'overlay2'],
  ['Linux 4.0', { profile: linux40 }, 'overlay2'],
  ['Linux 3.10, which has no overlay', { profile: linux310 }, 'vfs'],
  [
    'Linux 3.10 and overlay2',
    { profile: linux310, name: 'overlay2' },
    /^driver not supported: failed to mount overlay: ENODEV/,
  ],
  ['Linux 6.18 on a disk', { profile: linux618Ext4 }, 'overlay2'],
  [
    'Linux 3.10 and overlay',
    { profile: linux310, name: 'overlay' },
    /^driver not supported: failed to mount overlay: ENODEV/,
  ],
  ['Linux with aufs', { profile: linux419Aufs }, 'overlay2'],
  ['Linux with aufs and without overlay', { profile: withoutOverlay(linux419Aufs) }, 'aufs'],
  ['no overlay', { profile: linuxWithoutOverlay }, 'vfs'],
  ['no overlay, and aufs', { profile: linuxWithoutOverlay, name: 'aufs' }, 'AUFS was not found in /proc/filesystems'],
  ['a user namespace', { profile: linux618UserNamespace }, 'overlay2'],
  [
    'a user namespace and aufs',
    { profile: linux618UserNamespace, name: 'aufs' },
    'AUFS cannot be used in non-init user namespace',
  ],
  // What is below.
  ['btrfs', { profile: linux618Btrfs }, 'overlay2'],
  [
    'btrfs and overlay',
    { profile: linux618Btrfs, name: 'overlay' },
    "backing file system is unsupported for this graph driver: 'overlay' is not supported over btrfs",
  ],
  ['btrfs and vfs', { profile: linux618Btrfs, name: 'vfs' }, 'vfs'],
  ['nfs', { profile: linux618Nfs }, 'vfs'],
  [
    'nfs and overlay2',
    { profile: linux618Nfs, name: 'overlay2' },
    /^backing file system is unsupported for this graph driver/,
  ],
  ['zfs', { profile: linux510Zfs }, 'vfs'],
  [
    'zfs and overlay2',
    { profile: linux510Zfs, name: 'overlay2' },
    /^backing file system is unsupported for this graph driver/,
  ],
  ['xfs with ftype=0', { profile: linux618XfsWithoutFtype }, 'vfs'],
  [
    'xfs with ftype=0 and overlay2',
    { profile: linux618XfsWithoutFtype, name: 'overlay2' },
    /^overlay2: the backing xfs filesystem is formatted without d_type support.* Reformat the filesystem with ftype=1/,
  ],
  ...refusedFor('overlay', [
    ['nfs', { profile: linux618Nfs }],
    ['zfs', { profile: linux510Zfs }],
    ['aufs', { profile: linux419Aufs, onAufs: true }],
  ]),
  [
    'aufs and overlay2',
    { profile: linux419Aufs, onAufs: true, name: 'overlay2' },
    /'overlay2' is not supported over aufs/,
  ],
  [
    'xfs with ftype=0 and overlay',
    { profile: linux618XfsWithoutFtype, name: 'overlay' },
    /^overlay: the backing xfs filesystem is formatted without d_type support.* Reformat the filesystem with ftype=1/,
  ],
  ...[linux40, linux510, linux618Ext4, linux618UserNamespace].map(
    (profile) => [`${profile.name} and overlay`, { profile, name: 'overlay' }, 'overlay'] as const,
  ),
  ...[linux310, linux510Zfs, linux618Nfs, linux618UserNamespace, linux618XfsWithoutFtype].map(
    (profile) => [`${profile.name} and vfs`, { profile, name: 'vfs' }, 'vfs'] as const,
  ),
  ['aufs', { profile: linux419Aufs, onAufs: true }, 'vfs'],
  [
    'aufs and aufs',
    { profile: linux419Aufs, onAufs: true, name: 'aufs' },
    'backing file system is unsupported for this graph driver: AUFS is not supported over aufs',
  ],
  // Layers that are there.
  ['layers of vfs, which may have been a makeshift', { profile: linux618, prior: ['vfs'] }, 'overlay2'],
  ['layers of overlay', { profile: linux618, prior: ['overlay'] }, 'overlay'],
  ['layers of overlay and vfs', { profile: linux618, prior: ['overlay', 'vfs'] }, 'overlay'],
  ['layers of aufs, without aufs', { profile: linux618, prior: ['aufs'] }, 'AUFS was not found in /proc/filesystems'],
  ['layers of aufs, with aufs', { profile: linux419Aufs, prior: ['aufs'] }, 'aufs'],
  ['layers of vfs, without overlay', { profile: linuxWithoutOverlay, prior: ['vfs'] }, 'vfs'],
  ['layers of overlay2, without overlay', { profile: linux310, prior: ['overlay2'] }, /^driver not supported/],
  ['layers of two drivers', { profile: linux618, prior: ['overlay', 'overlay2'] }, several('overlay, overlay2')],
  [
    'layers of three drivers, one of which does not count',
    { profile: linux419Aufs, prior: ['aufs', 'overlay', 'vfs'] },
    several('aufs, overlay'),
  ],
  [
    'layers of two drivers, the better of which does not work',
    { profile: linux618, prior: ['aufs', 'overlay'] },
    'AUFS was not found in /proc/filesystems',
  ],
  ['layers of overlay2 on xfs with ftype=0', { profile: linux618XfsWithoutFtype, prior: ['overlay2'] }, /d_type/],
  [
    'layers of overlay2 on nfs',
    { profile: linux618Nfs, prior: ['overlay2'] },
    /^backing file system is unsupported for this graph driver/,
  ],
  ['layers of a driver that is not here', { profile: linux618, prior: ['btrfs'] }, 'overlay2'],
  ['layers of one that is not here and of one that is', { profile: linux618, prior: ['btrfs', 'overlay'] }, 'overlay'],
  ...['btrfs', 'zfs', 'fuse-overlayfs', 'nosuch'].map(
    (name) => [`the name ${name}`, { profile: linux618, name }, 'driver not supported'] as const,
  ),
  ['layers of two drivers, and a name', { profile: linux618, prior: ['overlay', 'overlay2'], name: 'vfs' }, 'vfs'],
  // Orders of earlier releases; above is today's.
  ['Linux 6.18, as in 2014', { profile: linux618, quirks: ['priority-2014'] }, 'vfs'],
  ['Linux 6.18, as Docker 1.10 does', { profile: linux618, quirks: ['docker-1.10'] }, 'overlay'],
  ['Linux 6.18, as Docker 20.10 does', { profile: linux618, quirks: ['docker-20.10'] }, 'overlay2'],
  ['Linux with aufs, as Docker 1.10 does', { profile: linux419Aufs, quirks: ['docker-1.10'] }, 'aufs'],
  ['Linux with aufs, as Docker 20.10 does', { profile: linux419Aufs, quirks: ['docker-20.10'] }, 'overlay2'],
  [
    'Linux with aufs and layers of overlay, as in 2014',
    { profile: linux419Aufs, prior: ['overlay'], quirks: ['ignore-prior-state', 'priority-2014'] },
    'aufs',
  ],
  // DOCKER_DRIVER.
  ['DOCKER_DRIVER=vfs', { profile: linux618, environment: 'vfs', name: 'overlay2', prior: ['overlay2'] }, 'vfs'],
  ['DOCKER_DRIVER empty', { profile: linux618, environment: '', prior: ['overlay'] }, 'overlay'],
  ['DOCKER_DRIVER unknown', { profile: linux618, environment: 'nosuch' }, 'driver not supported'],
  [
    'DOCKER_DRIVER unknown, a name and layers',
    { profile: linux618, environment: 'nosuch', name: 'vfs', prior: ['overlay2'] },
    'driver not supported',
  ],
  ['DOCKER_DRIVER removed from Docker', { profile: linux618, environment: 'devicemapper' }, removed],
  [
    'DOCKER_DRIVER of a driver that does not work',
    { profile: linux618, environment: 'aufs' },
    'AUFS was not found in /proc/filesystems',
  ],
];

/** What a driver has never worked on, whether the kernel would mount it there or not. */
function refusedFor(
  name: string,
  filesystems: readonly (readonly [string, Setting])[],
): readonly (readonly [string, Setting, string])[] {
  const text = 'backing file system is unsupported for this graph driver';
  return filesystems.map(([below, setting]) => [
    `${below} and ${name}`,
    { ...setting, name },
    `${text}: '${name}' is not supported over ${below}`,
  ]);
}

function withoutOverlay(profile: KernelProfile): KernelProfile {
  return { ...profile, filesystems: profile.filesystems.filter(({ name }) => name !== 'overlay') };
}

describe('the driver that is chosen on', () => {
  it.each(cases)('%s', async (_name, setting, expected) => {
    expect(await choose(setting)).toMatch(expected instanceof RegExp ? expected : new RegExp(`^${escape(expected)}$`));
  });

  it('a host where one may not mount is vfs, and it is told why', async () => {
    const { machine } = makeHost({ profile: linux618 });
    machine.init.fchownat(AT_FDCWD, root, 1000, 1000, 0);
    const user = machine.spawn({ uid: 1000, gid: 1000, groups: [], umask: 0o022 });
    if (typeof user === 'number') throw new Error(`no process: ${user}`);
    const config = {
      host: new SimHost(machine, user),
      root,
      options: [],
      durability: 'none',
      warn: () => undefined,
    } as const;
    const { name, passedOver } = await allDrivers().new('', config);
    expect(name).toBe('vfs');
    expect(passedOver[0]?.reason).toMatch(/^driver not supported: failed to mount overlay: EPERM/);
    const refusal: unknown = await allDrivers()
      .new('overlay2', config)
      .catch((error: unknown) => error);
    expect(describeError(refusal)).toMatch(/: EPERM: .*; run it as root, in a user namespace/);
  });
});

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
