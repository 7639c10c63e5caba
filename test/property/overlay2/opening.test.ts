import { describe, expect, it, test } from 'vitest';
import type { DriverInit } from '../../../src/core/driver.ts';
import { allDrivers } from '../../../src/core/drivers.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { learnKernelFacts } from '../../../src/core/overlay2/kernel-facts.ts';
import { join, type Path } from '../../../src/host/index.ts';
import {
  linux310,
  linux40,
  linux419Aufs,
  linux510,
  linux618,
  linux618Ext4,
  linux618UserNamespace,
  simHost,
  type KernelProfile,
  type SimHost,
} from '../../../src/sim/index.ts';
import { fileMember } from '../../laws/layer.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { bytesOf } from '../../laws/stack.ts';
import { refuse } from '../../laws/world.ts';

const root = '/graph' as Path;
const [base, layer] = [layerId('base'), layerId('layer')];

function machine(profile: KernelProfile, environment: Record<string, string> = {}): SimHost {
  const host = simHost({ profile, environment });
  for (const directory of ['/dev', '/dev/shm', root]) host.fs.mkdir(directory as Path, 0o755);
  return host;
}

function open(
  name: string,
  host: SimHost,
  init: Partial<DriverInit> = {},
): ReturnType<ReturnType<typeof allDrivers>['getDriver']> {
  return allDrivers().getDriver(name, { host, root, options: [], durability: 'none', warn: refuse, ...init });
}

/** A kernel whose overlay has other defaults. */
function withOverlay(parameters: Record<string, string>, profile = linux618): KernelProfile {
  const overlay = { ...profile.moduleParameters.overlay, ...parameters };
  return { ...profile, moduleParameters: { ...profile.moduleParameters, overlay } };
}

describe('what overlay2 finds out of a kernel', () => {
  test.each<[string, KernelProfile, readonly string[]]>([
    ['Linux 6.18', linux618, ['tmpfs', 'true', 'false', 'true', 'false']],
    ['Linux 5.10 on a disk', linux510, ['extfs', 'true', 'false', 'true', 'false']],
    ['a user namespace', linux618UserNamespace, ['tmpfs', 'true', 'false', 'true', 'true']],
    ['metacopy=Y', withOverlay({ metacopy: 'Y', redirect_dir: 'Y' }), ['tmpfs', 'true', 'true', 'false', 'false']],
    ['redirect_dir=Y', withOverlay({ redirect_dir: 'Y' }), ['tmpfs', 'true', 'false', 'false', 'false']],
  ])('%s is in its status', async (_name, profile, values) => {
    const driver = await open('overlay2', machine(profile));
    const rows = ['Backing Filesystem', 'Supports d_type', 'Using metacopy', 'Native Overlay Diff', 'userxattr'];
    expect(await driver.status()).toEqual(rows.map((row, at) => [row, values[at]]));
  });

  test.each<[string, KernelProfile, readonly string[], string | undefined]>([
    ['Linux 6.18', linux618, ['index=off'], undefined],
    ['Linux 4.0, which has no index', linux40, [], undefined],
    ['a user namespace', linux618UserNamespace, ['index=off', 'userxattr'], undefined],
    [
      'redirect_dir=Y',
      withOverlay({ redirect_dir: 'Y' }),
      ['index=off'],
      'kernel has CONFIG_OVERLAY_FS_REDIRECT_DIR enabled',
    ],
    [
      'metacopy=Y',
      withOverlay({ metacopy: 'Y', redirect_dir: 'Y' }),
      ['index=off'],
      'metacopy is in use, so that files in a layer may be without their data',
    ],
  ])('%s tells how layers are mounted, and how diffs are made', async (_name, profile, options, noNativeDiff) => {
    const host = machine(profile);
    const facts = await learnKernelFacts(host, 'overlay2', root);
    expect([facts.options, facts.noNativeDiff]).toEqual([options, noNativeDiff]);
    expect(host.fs.readdir(root)).toEqual([]);
  });

  it('is told once, where diffs are made otherwise', async () => {
    const warnings: string[] = [];
    const warn = (message: string): unknown => warnings.push(message);
    const driver = await open('overlay2', machine(withOverlay({ redirect_dir: 'Y' })), { warn });
    await driver.createFromDiff(base, '', archiveOf(new Map([['/file', fileMember('x')]])));
    for (let n = 0; n < 2; n += 1) await bytesOf(await driver.diff(base, ''));
    expect(warnings).toEqual([
      'Not using native diff for overlay2, this may cause degraded performance for building images: ' +
        'kernel has CONFIG_OVERLAY_FS_REDIRECT_DIR enabled',
    ]);
  });
});

describe.each(['overlay2', 'overlay'])('%s is not opened', (name) => {
  const opening = (
    profile: KernelProfile,
    init: Partial<DriverInit> = {},
    environment: Record<string, string> = {},
  ): Promise<unknown> => open(name, machine(profile, environment), init);

  it('with options that it does not know', async () => {
    for (const key of ['colour', `${name}.override_kernel_check`, `${name}.mountopt`]) {
      await expect(opening(linux618, { options: [`${key.toUpperCase()}=1`] })).rejects.toThrow(
        new RegExp(`^${name}: unknown option ${key}$`),
      );
    }
    await expect(opening(linux618, { options: ['size'] })).rejects.toThrow(
      'unable to parse storage-opt key/value: size',
    );
  });

  it('for an ordinary user with SELinux', () =>
    expect(opening(linux618, {}, { _DOCKERD_ROOTLESS_SELINUX: '1' })).rejects.toThrow(
      'driver not supported: overlay is not supported for Rootless with SELinux',
    ));

  it('without overlay', () =>
    expect(opening(linux310)).rejects.toThrow(/^driver not supported: failed to mount overlay: ENODEV/));
});

test.each(['overlay2', 'overlay', 'aufs', 'vfs'])(
  '%s gives a home that is there the mode and the owner it must have',
  async (name) => {
    const host = machine(name === 'aufs' ? linux419Aufs : linux618Ext4);
    host.fs.mkdir(join(root, name), 0o777);
    host.fs.lchown(join(root, name), 5, 6);
    host.fs.chmod(join(root, name), 0o777);
    await open(name, host);
    const { permissions, uid, gid } = host.fs.lstat(join(root, name));
    expect([permissions, uid, gid]).toEqual([0o710, 0, 0]);
  },
);

test.each([
  ['overlay2', 'Unknown option colour'],
  ['overlay', '--storage-opt is not supported for overlay'],
])('%s has no layers with options that it does not know', async (name, text) => {
  const driver = await open(name, machine(linux618));
  const options = { storageOptions: { Colour: 'red' } };
  for (const creating of [driver.create(base, '', options), driver.createReadWrite(base, '', options)]) {
    await expect(creating).rejects.toThrow(new RegExp(`^${text}$`));
  }
  expect(await driver.list()).toEqual([]);
});

describe('what dockerd has mounted', () => {
  it('is held once, by whom nobody counts', async () => {
    const host = machine(linux618);
    const driver = await open('overlay2', host);
    await driver.create(base, '');
    await driver.createReadWrite(layer, base);
    const merged = await driver.get(layer);
    // As after the end of a dockerd whose containers live on: the mount is there, and no count.
    const count = join(root, 'overlay2/layer/holders');
    if (host.fs.lstatIfExists(count) !== undefined) host.fs.unlink(count);
    const isMounted = (): boolean => host.mount.table().some(({ target }) => target === merged);
    await expect(driver.remove(layer)).rejects.toThrow(/EBUSY.*1 holder/);
    expect(await driver.get(layer)).toBe(merged);
    await driver.put(layer);
    expect(isMounted()).toBe(true);
    await driver.put(layer);
    expect(isMounted()).toBe(false);
  });
});
