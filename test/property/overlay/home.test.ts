import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/core/driver.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { planMount, type MountRequest } from '../../../src/core/overlay/mount-plan.ts';
import { join, O_RDONLY, type Path } from '../../../src/host/index.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { fileMember } from '../../laws/layer.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { overlay } from '../../laws/overlay.ts';
import { streamOf, viewOf } from '../../laws/stack.ts';
import { readView } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

const [base, image, container, copy] = [layerId('base'), layerId('image'), layerId('container'), layerId('copy')];
const world = new SimWorld(overlay);
const file = new Map([['/file', fileMember('x')]]);

/** A base layer, an image's layer on it, a container's, and one on that. */
async function withFour(machine: Machine): Promise<Driver> {
  const driver = await openDriver(machine);
  await driver.create(base, '');
  await driver.createFromDiff(image, base, archiveOf(file));
  await driver.createReadWrite(container, image);
  await driver.createReadWrite(copy, container);
  return driver;
}

describe('a home of overlay', () => {
  it("is Docker's, to the mode", () =>
    onMachine(world, async (machine) => {
      const driver = await withFour(machine);
      await driver.get(container);
      const view = readView(machine.host, homeOf(machine));
      const lines = [...view].map(([path, { type, mode }]) => `${path} ${type} ${mode.toString(8)}`);
      const overlaid = (id: string): readonly string[] => [
        `/${id} directory 710`,
        `/${id}/lower-id file 600`,
        `/${id}/parent file 600`,
        `/${id}/upper directory 755`,
        `/${id}/work directory 700`,
      ];
      expect(
        lines.filter((line) => !/\/(?:file|holders|work) |merged/.test(line) || line.includes('work ')).sort(),
      ).toEqual(
        [
          '/ directory 710',
          ...['/base directory 710', '/base/root directory 755'],
          ...['/image directory 710', '/image/parent file 600', '/image/root directory 755'],
          ...overlaid('container'),
          '/container/work/work directory 0',
          ...overlaid('copy'),
        ].sort(),
      );
      expect(view.get('/container/lower-id')?.content).toBe('image');
      expect(view.get('/copy/lower-id')?.content).toBe('image');
      await driver.put(container);
    }));

  it('tells of layers what Docker tells', () =>
    onMachine(world, async (machine) => {
      const driver = await withFour(machine);
      const at = (path: string): string => join(homeOf(machine), path);
      expect(await driver.getMetadata(image)).toEqual({ RootDir: at('image/root') });
      expect(await driver.getMetadata(copy)).toEqual({
        LowerDir: at('image/root'),
        UpperDir: at('copy/upper'),
        WorkDir: at('copy/work'),
        MergedDir: at('copy/merged'),
      });
      const parents = await Promise.all([base, image, container, copy].map((id) => driver.parentOf(id)));
      expect(parents).toEqual(['', base, image, container]);
      expect(await driver.status()).toEqual([
        ['Backing Filesystem', 'tmpfs'],
        ['Supports d_type', 'true'],
      ]);
    }));

  it('gives a layer the attributes of the root below', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      await driver.create(base, '');
      fs.lchown(join(homeOf(machine), 'base/root'), 3, 4);
      fs.chmod(join(homeOf(machine), 'base/root'), 0o1770);
      await driver.createReadWrite(container, base);
      const { uid, gid, permissions } = fs.lstat(join(homeOf(machine), 'container/upper'));
      expect([uid, gid, permissions]).toEqual([3, 4, 0o1770]);
    }));

  it('holds no directory open after a layer that is over one that is gone', () =>
    onMachine(world, async (machine) => {
      const driver = await withFour(machine);
      const { fs } = machine.host;
      fs.rename(join(homeOf(machine), 'image'), '/elsewhere' as Path);
      const next = (): number => {
        const fd = fs.open('/' as Path, O_RDONLY);
        fs.close(fd);
        return fd;
      };
      const before = next();
      await expect(driver.createReadWrite(layerId('late'), container)).rejects.toThrow('image');
      expect(next()).toBe(before);
    }));

  it('leaves the root of an empty layer what it is where an archive does not describe it', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await withFour(machine);
      const upper = join(homeOf(machine), 'container', 'upper');
      fs.lchown(upper, 3, 4);
      fs.chmod(upper, 0o1770);
      await driver.applyDiff(container, image, streamOf(await tarOf([{ name: 'other' }])));
      const { permissions, uid, gid } = fs.lstat(join(homeOf(machine), 'container', 'root'));
      expect([permissions, uid, gid]).toEqual([0o1770, 3, 4]);
    }));

  it('keeps in the copy of a writable layer what that deletes and hides', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      const members = [{ name: 'd/', type: 'directory' as const }, { name: 'd/old' }, { name: 'gone' }];
      await driver.createFromDiff(base, '', streamOf(await tarOf(members)));
      await driver.createReadWrite(container, base);
      const root = await driver.get(container);
      for (const name of ['d/old', 'gone']) fs.unlink(join(root, name));
      fs.rmdir(join(root, 'd'));
      fs.mkdir(join(root, 'd'), 0o755);
      await driver.put(container);
      await driver.createReadWrite(copy, container);
      expect([...(await viewOf(machine.host, driver, copy)).keys()]).toEqual(['/', '/d']);
    }));

  it('has one form of a layer, and fills it once', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(base, '');
      await driver.create(container, base);
      await driver.applyDiff(container, base, archiveOf(file));
      expect(
        machine.host.fs
          .readdir(join(homeOf(machine), 'container'))
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['parent', 'root']);
      await expect(driver.applyDiff(container, base, archiveOf(file))).rejects.toMatchObject({ code: 'ENOTEMPTY' });
      expect([...(await viewOf(machine.host, driver, base)).keys()]).toEqual(['/']);
    }));

  it('never changes the files of a parent, whatever an archive is applied against', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.createFromDiff(base, '', archiveOf(file));
      await driver.createFromDiff(image, base, archiveOf(new Map()));
      const link = await tarOf([{ name: 'link', type: 'link', linkname: 'file', mode: 0o600 }]);
      await driver.applyDiff(image, '', streamOf(link));
      const modes = ['base', 'image'].map(
        (id) => machine.host.fs.lstat(join(homeOf(machine), id, 'root/file')).permissions,
      );
      expect(modes).toEqual([0o644, 0o600]);
    }));

  it('keeps a layer that somebody holds as it is', () =>
    onMachine(world, async (machine) => {
      const driver = await withFour(machine);
      await driver.get(image);
      const tree = readView(machine.host, homeOf(machine));
      await expect(driver.remove(image)).rejects.toThrow(/^EBUSY: layer is in use by 1 holder,/);
      expect(readView(machine.host, homeOf(machine))).toEqual(tree);
      await driver.put(image);
      await driver.remove(copy);
    }));

  it('tells changes against a layer beside, which nobody has touched in the newer one', () =>
    onMachine(world, async (machine) => {
      const driver = await withFour(machine);
      const root = await driver.get(container);
      machine.host.fs.chmod(join(root, 'file'), 0o600);
      await driver.put(container);
      expect(await driver.changes(copy, container)).toEqual([{ kind: 'C', path: '/file' }]);
    }));

  it('leaves nothing mounted and no mount point where a layer cannot be mounted', () =>
    onMachine(world, async (machine) => {
      const faulty = new FaultyHost(machine.host);
      const driver = await openDriver({ ...machine, host: faulty.host });
      await driver.create(base, '');
      await driver.create(container, base);
      faulty.armAt('mount', 'EINVAL');
      const merged = join(homeOf(machine), 'container/merged');
      await expect(driver.get(container)).rejects.toThrow(
        `error creating overlay mount to ${merged}: invalid argument`,
      );
      expect(machine.host.fs.lstatIfExists(merged)).toBeUndefined();
    }));

  it('loses what dockerd or a crash has left beside a root', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      await withFour(machine);
      for (const name of ['base/upper', 'base/work', '.removing-x', 'base/tmproot-x'])
        fs.mkdir(join(homeOf(machine), name), 0o755);
      await openDriver(machine);
      expect(
        [...readView(machine.host, homeOf(machine)).keys()].filter((path) => /base\/.|removing/.test(path)),
      ).toEqual(['/base/root']);
    }));
});

describe('the mount of a layer of overlay', () => {
  const request = (home: string, label = ''): MountRequest => ({
    home: home as Path,
    directory: 'top',
    lower: base,
    label,
    options: ['index=off'],
    pageSize: 4096,
  });

  it('is planned with names that fit a page', () => {
    const plan = planMount(request('/a,b'));
    const data = 'index=off,lowerdir=/a\\,b/base/root,upperdir=/a\\,b/top/upper,workdir=/a\\,b/top/work';
    expect(plan).toEqual({ kind: 'absolute', data });
    const room = 4095 - (data.length - 3 * '/a\\,b'.length);
    const rest = room % 3;
    const deep = '/'.padEnd((room - rest) / 3, 'h');
    const label = 'l'.repeat(rest);
    expect(planMount(request(deep))).toMatchObject({ kind: 'absolute' });
    expect(planMount(request(`${deep}h`))).toMatchObject({ kind: 'relative' });
    const full = 4095 - 'index=off,lowerdir=base/root,upperdir=top/upper,workdir=top/work,context=""'.length;
    expect(planMount(request(deep, label.padEnd(full, 'l')))).toMatchObject({ kind: 'relative' });
    expect(planMount(request(deep, label.padEnd(full + 1, 'l')))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^cannot mount layer, mount label too large 4096: /) as string,
    });
  });
});
