import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isKernelAtLeast } from '../../../src/core/probes/kernel-release.ts';
import { MNT_DETACH, MOUNT_ATTR_RDONLY, MS_RDONLY } from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { filesystemMagic } from '../../../src/host/filesystem-magic.ts';
import type { Path } from '../../../src/host/path.ts';
import { mountedScratch, realHost, whyNoMounts } from './mounted-scratch.ts';

/** Until then overlay took all of its options in one piece, and said what was wrong with them in the kernel's log alone. */
const whyNoOptions =
  whyNoMounts ??
  (isKernelAtLeast(realHost(), 6, 7) ? undefined : 'overlay takes its options one by one from Linux 6.7 on');
if (whyNoOptions !== undefined) console.warn(`SKIPPED: mounting overlay with lowerdir+: ${whyNoOptions}`);

describe.skipIf(whyNoMounts !== undefined)('mounting on the Linux host', () => {
  const scratch = mountedScratch();
  let serial = 0;

  /** Directories `l1`, `l2` with a file each, `upper`, `work` and `merged`, in a new directory. */
  function layers(): string {
    serial += 1;
    const base = `case${serial}`;
    scratch.mkdirs(base, ...['l1', 'l2', 'upper', 'work', 'merged'].map((name) => `${base}/${name}`));
    scratch.write(`${base}/l1/one`, 'from l1');
    scratch.write(`${base}/l2/two`, 'from l2');
    scratch.write(`${base}/l2/one`, 'hidden');
    return base;
  }

  function options(base: string): string {
    const at = scratch.path(base);
    return `lowerdir=${at}/l1:${at}/l2,upperdir=${at}/upper,workdir=${at}/work`;
  }

  it('merges layers, and removal leaves a whiteout', () => {
    const host = realHost();
    const { fs, mount } = host;
    const base = layers();
    const merged = scratch.path(base, 'merged');
    mount.mount('overlay', merged, 'overlay', 0, options(base));
    expect(host.statfs(merged).type).toBe(filesystemMagic.overlayfs);
    expect(names(merged)).toEqual(['one', 'two']);
    expect(readFileSync(`${merged}/one`, 'latin1')).toBe('from l1');
    fs.unlink(scratch.path(base, 'merged', 'two'));
    expect(fs.lstat(scratch.path(base, 'upper', 'two'))).toMatchObject({ type: 'character-device', rdev: 0 });
    expect(names(merged)).toEqual(['one']);
    const entry = mount.table().find((each) => each.target === merged);
    expect(entry).toMatchObject({ type: 'overlay', source: 'overlay', root: '/' });
    expect(entry?.dev).toBe(fs.stat(merged).dev);
    expect(entry?.superOptions).toContain(`upperdir=${scratch.path(base, 'upper')}`);
    mount.umount2(merged, 0);
    expect(names(merged)).toEqual([]);
  });

  function names(directory: Path): readonly string[] {
    return realHost()
      .fs.readdir(directory)
      .map((entry) => entry.name)
      .sort();
  }

  it('keeps errno', () => {
    const { calls } = realHost();
    const base = layers();
    const merged = scratch.path(base, 'merged');
    const answer = (data: string, type = 'overlay'): number => calls.mount('overlay', merged, type, 0, data);
    expect(answer('lowerdir=/proc/none:/proc/none')).toBe(-errno.ENOENT);
    expect(answer('nonsense=1')).toBe(-errno.EINVAL);
    expect(answer('', 'nonsense')).toBe(-errno.ENODEV);
    expect(calls.mount('overlay', scratch.path(base, 'none'), 'overlay', 0, options(base))).toBe(-errno.ENOENT);
    expect(calls.umount2(merged, 0)).toBe(-errno.EINVAL);
    expect(calls.fsopen('nonsense', 0)).toBe(-errno.ENODEV);
    expect(calls.mount('overlay', merged, 'overlay', 0, `${options(base)}\0`)).toBe(-errno.EINVAL);
  });

  it('gives the kernel data beyond a page, which it cuts (R20)', () => {
    const { calls, mount } = realHost();
    const base = layers();
    const merged = scratch.path(base, 'merged');
    const padded = (length: number): string => `${options(base)},`.padEnd(length, ',');
    for (const length of [4095, 4096, 5000, 70_000]) {
      expect(calls.mount('overlay', merged, 'overlay', 0, padded(length))).toBe(0);
      mount.umount2(merged, 0);
    }
    const lost = `${''.padEnd(4095, ',')}${options(base)}`;
    expect(calls.mount('overlay', merged, 'overlay', 0, lost)).toBe(-errno.EINVAL);
  });

  it('mounts with names relative to a directory while its own never moves', () => {
    const { calls, mount } = realHost();
    const base = layers();
    const before = calls.getcwd();
    mount.mountFrom(
      scratch.path(base),
      'overlay',
      'merged' as Path,
      'overlay',
      MS_RDONLY,
      'lowerdir=l2:l1,upperdir=upper,workdir=work',
    );
    expect(calls.getcwd()).toBe(before);
    expect(process.cwd()).toBe(before);
    expect(names(scratch.path(base, 'merged'))).toEqual(['one', 'two']);
    expect(readFileSync(scratch.path(base, 'merged', 'one'), 'latin1')).toBe('hidden');
    mount.umount2(scratch.path(base, 'merged'), MNT_DETACH);
    const missing = calls.mountFrom(scratch.path(base), 'overlay', 'merged', 'overlay', 0, 'lowerdir=none:l1');
    expect(missing).toBe(-errno.ENOENT);
    expect(calls.mountFrom(scratch.path(base, 'l1', 'one'), 'overlay', '.', 'overlay', 0, '')).toBe(-errno.ENOTDIR);
  });

  it.skipIf(whyNoOptions !== undefined)('mounts by the new calls, with a lowerdir+ for each layer', () => {
    const { mount } = realHost();
    const base = layers();
    const merged = scratch.path(base, 'merged');
    const lowers = ['l1', 'l2'].map((name) => ({ key: 'lowerdir+', value: scratch.path(base, name) }));
    mount.fsmount('overlay', merged, [...lowers, { key: 'source', value: 'named' }], MOUNT_ATTR_RDONLY);
    expect(names(merged)).toEqual(['one', 'two']);
    expect(mount.table().find((each) => each.target === merged)).toMatchObject({ source: 'named', type: 'overlay' });
    mount.umount2(merged, 0);
  });

  it.skipIf(whyNoOptions !== undefined)('reports what the kernel logged when a mount by the new calls fails', () => {
    const { mount } = realHost();
    const base = layers();
    const merged = scratch.path(base, 'merged');
    const bad = [{ key: 'lowerdir+', value: '/proc/none' }];
    expect(() => {
      mount.fsmount('overlay', merged, bad, 0);
    }).toThrow(/ENOENT.*fsconfig\(lowerdir\+\)/);
    const unknown = [{ key: 'nonsense', flag: true as const }];
    expect(() => {
      mount.fsmount('overlay', merged, unknown, 0);
    }).toThrow(/\[e overlay: Unknown parameter 'nonsense'\]/);
  });

  it('moves, picks and opens mounts', () => {
    const { calls, fs } = realHost();
    const base = layers();
    const at = (name: string): Path => scratch.path(base, name);
    const tree = calls.open_tree(-100, at('l1'), 1 | 0o2000000);
    expect(tree).toBeGreaterThan(0);
    expect(calls.move_mount(tree, '', -100, at('merged'), 4)).toBe(0);
    expect(names(at('merged'))).toEqual(['one']);
    expect(calls.close(tree)).toBe(0);
    const picked = calls.fspick(-100, scratch.path(), 1);
    expect(picked).toBeGreaterThan(0);
    expect(calls.fsconfig(picked, 1, 'size', '64m', 0)).toBe(0);
    expect(calls.fsconfig(picked, 7, undefined, undefined, 0)).toBe(0);
    expect(calls.fsmessages(picked)).toEqual([]);
    calls.close(picked);
    const { blocks, bsize } = realHost().statfs(scratch.path());
    expect(blocks * bsize).toBe(64 << 20);
    expect(fs.lstat(at('merged')).type).toBe('directory');
    realHost().mount.umount2(at('merged'), 0);
  });

  it('closes what it opened, whatever fails', () => {
    const { calls, mount } = realHost();
    const base = layers();
    const merged = scratch.path(base, 'merged');
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 100; round += 1) {
      calls.mount('overlay', merged, 'overlay', 0, 'lowerdir=/proc/none');
      calls.mountFrom(scratch.path(base), 'overlay', 'merged', 'overlay', 0, 'lowerdir=none');
      calls.umount2(merged, 0);
      for (const [key, value] of [
        ['lowerdir+', '/proc/none'],
        ['upperdir', merged],
        ['nonsense', 'x'],
      ] as const) {
        expect(() => {
          mount.fsmount('overlay', merged, [{ key, value }], 0);
        }).toThrow();
      }
      expect(() => {
        mount.fsmount('tmpfs', scratch.path(base, 'none'), [], 0);
      }).toThrow(/ENOENT/);
    }
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});
