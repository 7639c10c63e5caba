import { describe, expect, it } from 'vitest';
import type { DriverInit } from '../../../src/core/driver.ts';
import { layerId } from '../../../src/core/layer-id.ts';
import { join, O_CREAT, O_WRONLY, S_IFIFO, type Host, type Path } from '../../../src/host/index.ts';
import { FaultyHost } from '../../laws/faults.ts';
import { fileMember } from '../../laws/layer.ts';
import { archiveOf } from '../../laws/layer-archive.ts';
import { streamOf, viewOf } from '../../laws/stack.ts';
import { vfs } from '../../laws/vfs.ts';
import { readView } from '../../laws/view.ts';
import { homeOf, onMachine, openDriver } from '../../laws/world.ts';
import { tarOf } from '../image/images.ts';
import { SimWorld } from '../sim-world.ts';

const [base, child] = [layerId('base'), layerId('child')];
const world = new SimWorld(vfs);
const file = new Map([['/file', fileMember('x')]]);

function writeFile({ fs }: Host, path: Path, content: string): void {
  const fd = fs.open(path, O_WRONLY | O_CREAT, 0o600);
  fs.writeAll(fd, Buffer.from(content));
  fs.close(fd);
}

describe('a home of vfs', () => {
  it("is Docker's, to the mode, and says what it knows", () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(base, '');
      await driver.create(child, base);
      const view = readView(machine.host, homeOf(machine));
      const lines = [...view].map(([path, { type, mode, owner }]) => `${path} ${type} ${mode.toString(8)} ${owner}`);
      expect(lines.sort()).toEqual([
        '/ directory 710 0:0',
        '/dir directory 710 0:0',
        '/dir/base directory 755 0:0',
        '/dir/child directory 755 0:0',
        '/parents directory 700 0:0',
        '/parents/child file 600 0:0',
      ]);
      expect([await driver.parentOf(child), await driver.parentOf(base)]).toEqual([base, '']);
      expect(await driver.getMetadata(child)).toEqual({ SourceDir: join(homeOf(machine), 'dir/child') });
      expect(await driver.status()).toEqual([]);
    }));

  it('has notes of parents of its own layers only', () =>
    onMachine(world, async (machine) => {
      const { host } = machine;
      const driver = await openDriver(machine);
      const note = (id: string): Path => join(homeOf(machine), 'parents', id);
      await driver.create(base, '');
      // Of a layer that dockerd has removed.
      writeFile(host, note('child'), 'gone');
      await driver.create(child, base);
      expect(await driver.parentOf(child)).toBe(base);
      await driver.remove(child);
      expect(host.fs.lstatIfExists(note('child'))).toBeUndefined();
      writeFile(host, note('gone'), 'base');
      await openDriver(machine);
      expect(host.fs.lstatIfExists(note('gone'))).toBeUndefined();
    }));

  it('loses what a removal that was cut short has left', () =>
    onMachine(world, async (machine) => {
      const left = join(homeOf(machine), 'dir/.removing-x');
      await openDriver(machine);
      machine.host.fs.mkdir(left, 0o700);
      await openDriver(machine);
      expect(machine.host.fs.lstatIfExists(left)).toBeUndefined();
    }));
});

describe('the copy of a parent', () => {
  it('has the holes of its files, at their ends as well, and the modes of fifos, whatever the umask', () =>
    onMachine(world, async (machine) => {
      const { fs } = machine.host;
      const driver = await openDriver(machine);
      await driver.create(base, '');
      const at = (id: string, name: string): Path => join(homeOf(machine), 'dir', id, name);
      writeFile(machine.host, at('base', 'sparse'), 'begin');
      const fd = fs.open(at('base', 'sparse'), O_WRONLY);
      fs.ftruncate(fd, 1 << 20);
      fs.close(fd);
      fs.mknod(at('base', 'fifo'), S_IFIFO | 0o600, 0);
      fs.chmod(at('base', 'fifo'), 0o666);
      await driver.create(child, base);
      const { size, blocks } = fs.lstat(at('child', 'sparse'));
      expect([size, blocks]).toEqual([1 << 20, 8n]);
      expect(fs.lstat(at('child', 'fifo')).permissions).toBe(0o666);
    }));
});

describe('a layer of vfs that is there', () => {
  it('is filled in place where directories cannot be exchanged, and leaves nothing beside it', () =>
    onMachine(world, async (machine) => {
      const faulty = new FaultyHost(machine.host);
      const driver = await openDriver({ ...machine, host: faulty.host });
      await driver.create(base, '');
      faulty.armAt('renameat2', 'EINVAL');
      expect(await driver.applyDiff(base, '', archiveOf(file))).toBe(1);
      expect(faulty.hit).toBe('renameat2');
      expect([...(await viewOf(machine.host, driver, base)).keys()]).toEqual(['/', '/file']);
      expect(machine.host.fs.readdir(join(homeOf(machine), 'dir')).map(({ name }) => name)).toEqual(['base']);
    }));

  it('is as it was when filling it fails', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.createFromDiff(base, '', archiveOf(file));
      const before = readView(machine.host, homeOf(machine));
      // A link sets its attributes on the file it leads to; then comes what is no header.
      const link = await tarOf([{ name: 'link', type: 'link', linkname: 'file', mode: 0o600 }]);
      const broken = Buffer.concat([link.subarray(0, 512), Buffer.alloc(512, 1)]);
      await expect(driver.applyDiff(base, '', streamOf(broken))).rejects.toThrow();
      expect(readView(machine.host, homeOf(machine))).toEqual(before);
    }));

  it('is not exchanged for what was made of another one of its name', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await driver.create(base, '');
      const after = async function* (): AsyncGenerator<Uint8Array> {
        await driver.remove(base);
        await driver.create(base, '');
        yield* archiveOf(file);
      };
      await expect(driver.applyDiff(base, '', after())).rejects.toMatchObject({ code: 'ESTALE' });
      expect([...(await viewOf(machine.host, driver, base)).keys()]).toEqual(['/']);
    }));
});

describe('the options of vfs', () => {
  const opened = (options: readonly string[], init: Partial<DriverInit> = {}): Promise<unknown> =>
    onMachine(world, async (machine) => (await openDriver(machine, { options, ...init })).status());

  it("are refused in Docker's words", async () => {
    await expect(opened(['size=x'])).rejects.toThrow("invalid size: 'x'");
    await expect(opened(['vfs.size=1'])).rejects.toThrow('unknown option vfs.size for vfs');
    await expect(opened(['vfs.xattrs=yes'])).rejects.toThrow(
      'do not set the vfs.xattrs option unless you are willing to accept the consequences',
    );
    expect(await opened(['vfs.xattrs=i_want_broken_containers'])).toEqual([
      ['Extended file attributes', 'best-effort'],
    ]);
  });

  it('of a layer are as well', () =>
    onMachine(world, async (machine) => {
      const driver = await openDriver(machine);
      await expect(driver.create(base, '', { storageOptions: { size: '1G' } })).rejects.toThrow(
        '--storage-opt is not supported for vfs on read-only layers',
      );
      await expect(driver.createReadWrite(base, '', { storageOptions: { colour: 'red' } })).rejects.toThrow(
        'Storage opt colour not supported',
      );
      expect(await driver.list()).toEqual([]);
    }));

  it('pass over attributes that a copy cannot have, or do not', async () => {
    const copied = (...options: readonly string[]): Promise<readonly string[]> =>
      onMachine(world, async (machine) => {
        const warnings: string[] = [];
        const faulty = new FaultyHost(machine.host);
        const warn = (message: string): unknown => warnings.push(message);
        const driver = await openDriver({ ...machine, host: faulty.host }, { options, warn });
        await driver.createFromDiff(base, '', archiveOf(file));
        machine.host.fs.lsetxattr(join(homeOf(machine), 'dir/base/file'), 'user.x', Buffer.of(1));
        faulty.armAt('fsetxattr', 'EOPNOTSUPP');
        await driver.create(child, base);
        return warnings;
      });
    await expect(copied()).rejects.toMatchObject({ code: 'EOPNOTSUPP' });
    expect(await copied('vfs.xattrs=i_want_broken_containers')).toEqual([
      expect.stringMatching(/^the attribute "user\.x" could not be copied: EOPNOTSUPP/),
    ]);
  });
});
