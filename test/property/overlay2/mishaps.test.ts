import { describe, expect, it } from 'vitest';
import { IdMap } from '../../../src/core/id-map.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { join, O_CREAT, O_WRONLY, S_IFCHR, type Path } from '../../../src/host/index.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { fileMember } from '../../laws/layer.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { overlay } from '../../laws/overlay.ts';
import { bytesOf, streamOf, viewOf } from '../../laws/stack.ts';
import { homeOf, onMachine, openDriver, overlay2, type Machine } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

// Single things that go wrong, or were left by somebody else, and what must come of each.

const [base, child, other] = [layerId('base'), layerId('child'), layerId('other')];
const world = new SimWorld(overlay2());
const file = new Map([['/file', fileMember('x')]]);
const shifted = new IdMap([{ containerId: 0, hostId: 100_000, size: 65_536 }]);

function mountsBelow({ host }: Machine, directory: Path): number {
  return host.mount.table().filter(({ target }) => target.startsWith(`${directory}/`)).length;
}

describe.each([overlay2(), overlay])('a mount of $name', (driver) => {
  const mounting = new SimWorld(driver);

  it('that fails leaves no mount point, and one that the end of the process cut short is 0700', () =>
    onMachine(mounting, async (machine) => {
      const merged = join(homeOf(machine), 'child/merged');
      const faulty = new FaultyHost(machine.host);
      const opened = await openDriver({ ...machine, host: faulty.host });
      await opened.create(base, '');
      await opened.createReadWrite(child, base);
      faulty.armAt('mount', 'EINVAL');
      await expect(opened.get(child)).rejects.toThrow(`error creating overlay mount to ${merged}: invalid argument`);
      expect(machine.host.fs.lstatIfExists(merged)).toBeUndefined();
      faulty.armAt('mount', 'crash');
      await expect(opened.get(child)).rejects.toThrow('the process has ended');
      expect(machine.host.fs.lstat(merged).permissions).toBe(0o700);
    }));

  it('is undone where its work directory cannot be given to root of the containers', () =>
    onMachine(mounting, async (machine) => {
      const faulty = new FaultyHost(machine.host);
      const idMaps = { uids: shifted, gids: shifted };
      const opened = await openDriver({ ...machine, host: faulty.host }, { idMaps });
      await opened.create(base, '');
      await opened.createReadWrite(child, base);
      faulty.armAt('fchownat', 'EPERM', join(homeOf(machine), 'child/work/work'));
      await expect(opened.get(child)).rejects.toMatchObject({ code: 'EPERM' });
      expect(mountsBelow(machine, homeOf(machine))).toBe(0);
      expect(machine.host.fs.lstatIfExists(join(homeOf(machine), 'child/merged'))).toBeUndefined();
      await opened.remove(child);
    }));
});

describe('the mark of a layer with children', () => {
  /** A creation that ends before the layer is moved into place; answers whether the parent has the mark after the next opening. */
  const markAfterCrash = (meanwhile: 'nothing' | 'another child'): Promise<boolean> =>
    onMachine(world, async (machine) => {
      const second = await openDriver(machine);
      await second.create(base, '');
      const faulty = new FaultyHost(machine.host);
      const first = await openDriver({ ...machine, host: faulty.host });
      faulty.armAt('renameat2', 'crash');
      await expect(first.create(child, base)).rejects.toThrow('the process has ended');
      faulty.endProcess();
      const mark = join(homeOf(machine), 'base/committed');
      expect(machine.host.fs.lstatIfExists(mark)).toBeDefined();
      if (meanwhile === 'another child') await second.create(other, base);
      await openDriver(machine);
      return machine.host.fs.lstatIfExists(mark) !== undefined;
    });

  it('goes with a child that never came to be', async () => {
    expect(await markAfterCrash('nothing')).toBe(false);
  });
  it('stays for another one', async () => {
    expect(await markAfterCrash('another child')).toBe(true);
  });
});

describe('an archive that is applied', () => {
  it.each([base, child])('to an empty layer, such as a %s, leaves its root what it was', (id) =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      await driver.create(base, '');
      await driver.create(child, base);
      const diff = join(homeOf(machine), id, 'diff');
      fs.lchown(diff, 3, 4);
      fs.chmod(diff, 0o1770);
      await driver.applyDiff(id, id === base ? '' : base, streamOf(await tarOf([{ name: 'file' }])));
      const { permissions, uid, gid } = fs.lstat(diff);
      expect([permissions, uid, gid]).toEqual([0o1770, 3, 4]);
    }),
  );

  it('to a mounted layer goes through the mount, so that what was looked up before is seen anew', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      await driver.createFromDiff(base, '', archiveOf(file));
      await driver.createReadWrite(child, base);
      const root = await driver.get(child);
      const before = fs.lstat(join(root, 'file')).ino;
      await driver.applyDiff(child, base, streamOf(await tarOf([{ name: 'file', content: 'new', mode: 0o600 }])));
      expect(fs.lstat(join(root, 'file')).permissions).toBe(0o600);
      expect(fs.lstat(join(root, 'file')).ino).not.toBe(before);
      await driver.put(child);
    }));
});

describe('what overlayfs has left of another configuration', () => {
  it('makes the diff of a layer naive where a file is without its data', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      await driver.createFromDiff(base, '', archiveOf(file));
      await driver.createReadWrite(child, base);
      const stub = join(homeOf(machine), 'child/diff/file');
      const fd = fs.open(stub, O_WRONLY | O_CREAT, 0o600);
      fs.ftruncate(fd, 1);
      fs.close(fd);
      fs.lsetxattr(stub, 'trusted.overlay.metacopy', new Uint8Array());
      // The kernel refuses such a file where metacopy is off; the upper directory alone would have given a byte of nothing.
      await expect(driver.diff(child, base).then(bytesOf)).rejects.toMatchObject({ code: 'EPERM' });
    }));

  it('hides no change below a renamed directory', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine, { warn: () => undefined });
      const members = ['a', 'b'].flatMap((name) => [
        { name: `${name}/`, type: 'directory' as const },
        { name: `${name}/file`, content: name },
      ]);
      await driver.createFromDiff(base, '', streamOf(await tarOf(members)));
      await driver.createReadWrite(child, base);
      // As `rm -r b; mv a b` with redirect_dir leaves it.
      fs.mknod(join(homeOf(machine), 'child/diff/a'), S_IFCHR, 0);
      const moved = join(homeOf(machine), 'child/diff/b');
      fs.mkdir(moved, 0o755);
      fs.lsetxattr(moved, 'trusted.overlay.redirect', Buffer.from('a'));
      expect((await viewOf(machine.host, driver, child)).get('/b/file')?.content).toBe('a');
      expect(await driver.changes(child, base)).toContainEqual({ kind: 'C', path: '/b/file' });
    }));
});
