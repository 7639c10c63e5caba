import { expect } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { projectOf } from '../../src/core/quota/project-quotas.ts';
import {
  dirname,
  isSystemError,
  join,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_TMPFILE,
  O_WRONLY,
  pathFromText,
  RENAME_WHITEOUT,
  S_IFIFO,
  type Host,
  type Path,
} from '../../src/host/index.ts';
import { fileMember } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { bytesOf, streamOf } from './stack.ts';
import { homeOf, onMachine, openDriver, type Machine, type World } from './world.ts';

const base = layerId('base');
const bottom = new Map([['/bottom', fileMember('at the bottom')]]);
const kibibyte = 1024;
/** Sectors of 512 bytes in a block. */
const sectors = 8;

/** What a filesystem does where a project would use more than it may. */
export interface Enforcement {
  readonly code: 'EDQUOT' | 'ENOSPC';
  /** Whether it binds root as well, who has CAP_SYS_RESOURCE. Overlayfs writes without that, whoever writes to it. */
  readonly root: 'bound' | 'free';
  /** What becomes of a limit of 512 bytes. */
  readonly least: number;
  /** How many blocks must be free in a project for root to make something in it, on a disk of 320 MiB. */
  readonly room: { readonly named: number; readonly unnamed: number; readonly longSymlink: number };
}

/** As Linux 6.1 does, tried on a real one. */
export const enforcements = {
  ext4: { code: 'EDQUOT', root: 'free', least: 512, room: { named: 1, unnamed: 1, longSymlink: 1 } },
  xfs: { code: 'ENOSPC', root: 'bound', least: 4096, room: { named: 47, unnamed: 12, longSymlink: 48 } },
} as const satisfies Readonly<Record<string, Enforcement>>;

/** A layer holds as much as it was made for and no more, whoever made it; others have limits of their own, or none. */
export async function layersAreLimited(world: World, { code, root, least }: Enforcement): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const driver = await openDriver(machine, { options: [`${machine.driver.sizeOption}=256k`] });
    await driver.createFromDiff(base, '', archiveOf(bottom));
    await driver.createReadWrite(layerId('default'), base);
    const other = await openDriver(machine);
    await other.createReadWrite(layerId('own'), base, { storageOptions: { size: '512k' } });
    await other.createReadWrite(layerId('none'), base, { storageOptions: { size: '0' } });
    const mounted = machine.driver.mountOf(layerId('own'), base) !== undefined;
    const bound = mounted || root === 'bound';
    for (const [id, limit] of [['default', 256] as const, ['own', 512] as const]) {
      const room = await roomIn(host, driver, layerId(id), code);
      if (bound) expectNear(room, limit * kibibyte);
      else expect(room).toBe(mostWritten);
      expect(await limitOf(machine, driver, layerId(id))).toBe(limit * kibibyte);
    }
    expect(await roomIn(host, other, layerId('none'), code)).toBe(mostWritten);
    // A layer of overlay2 has directories in it, for which xfs wants more than that.
    for (const size of mounted ? [] : ['1', '1000']) {
      await other.createReadWrite(layerId('least'), '', { storageOptions: { size } });
      expect(await limitOf(machine, driver, layerId('least'))).toBe(least);
      await driver.remove(layerId('least'));
    }
    for (const id of ['default', 'own', 'none', 'base'].map(layerId)) await driver.remove(id);
    const left = host.fs.readdir(homeOf(machine)).map(({ name }) => `/${name}`);
    expect(['/', ...left].sort()).toEqual([...machine.driver.emptyHome, '/backingFsBlockDev'].sort());
  });
}

/** xfs sets blocks of the project aside before it makes anything, whatever that takes in the end. */
export async function makingTakesRoom(world: World, { room }: Enforcement): Promise<void> {
  await onMachine(world, async (machine) => {
    await openDriver(machine, { options: [`${machine.driver.sizeOption}=1m`] });
    const device = join(homeOf(machine), 'backingFsBlockDev');
    const needed: Readonly<Record<Making, number>> = {
      ...{ directory: room.named, file: room.named, fifo: room.named, symlink: room.named },
      ...{ longSymlink: room.longSymlink, tmpfile: room.unnamed, whiteout: room.unnamed, link: 1, rename: 1 },
    };
    for (const [n, [what, blocks]] of Object.entries(needed).entries()) {
      const project = 1_000_000 + n;
      const into = makeProject(machine, project);
      const attempt = (limit: number): void => {
        machine.host.fs.setProjectQuota(device, project, limit * sectors);
        make(machine.host, what as Making, join(into, 'there'), join(into, 'new'));
      };
      if (blocks > 1) {
        expect(() => {
          attempt(blocks - 1);
        }, what).toThrow('ENOSPC: ');
      }
      attempt(blocks);
    }
  });
}

type Making = 'directory' | 'file' | 'fifo' | 'symlink' | 'longSymlink' | 'tmpfile' | 'whiteout' | 'link' | 'rename';

function make({ fs }: Host, what: Making, there: Path, path: Path): void {
  switch (what) {
    case 'directory': {
      fs.mkdir(path, 0o755);
      return;
    }
    case 'file': {
      fs.close(fs.open(path, O_WRONLY | O_CREAT, 0o644));
      return;
    }
    case 'fifo': {
      fs.mknod(path, S_IFIFO | 0o644, 0);
      return;
    }
    case 'symlink': {
      fs.symlink('target' as Path, path);
      return;
    }
    case 'longSymlink': {
      fs.symlink('target'.repeat(100) as Path, path);
      return;
    }
    case 'tmpfile': {
      fs.close(fs.open(dirname(path), O_WRONLY | O_TMPFILE, 0o644));
      return;
    }
    case 'whiteout': {
      fs.rename(there, path, RENAME_WHITEOUT);
      return;
    }
    case 'link': {
      fs.link(there, path);
      return;
    }
    case 'rename': {
      fs.rename(there, path);
      return;
    }
  }
}

/** A directory of a project with an empty file in it. */
function makeProject({ host: { fs }, directory }: Machine, project: number): Path {
  const into = join(directory, `project-${project}`);
  fs.mkdir(into, 0o755);
  const fd = fs.open(into, O_RDONLY | O_DIRECTORY);
  fs.setProject(fd, { id: project, inherits: true });
  fs.close(fd);
  fs.close(fs.open(join(into, 'there'), O_WRONLY | O_CREAT, 0o644));
  return into;
}

/** Archives are applied to a layer with a limit, up to it. A smaller one would not do for what xfs reserves of a project for a mkdir. */
export async function diffsAreLimited(world: World, { code, root }: Enforcement): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.createFromDiff(base, '', archiveOf(bottom));
    const diff = archiveOf(new Map([['/big', fileMember('x'.repeat(1500 * kibibyte))]]));
    const archive = await bytesOf(diff);
    const [small, large] = [layerId('small'), layerId('large')];
    await driver.createReadWrite(small, base, { storageOptions: { size: '1MB' } });
    await driver.createReadWrite(large, base, { storageOptions: { size: '4m' } });
    const applied = driver.applyDiff(small, base, streamOf(archive));
    if (root === 'bound') await expect(applied).rejects.toThrow(`${code}: `);
    else expect(await applied).toBe(1500 * kibibyte);
    expect(await driver.applyDiff(large, base, streamOf(archive))).toBe(1500 * kibibyte);
    for (const id of [large, small, base]) await driver.remove(id);
  });
}

/** More than any limit here. */
const mostWritten = 1024 * kibibyte;
const piece = Buffer.alloc(4 * kibibyte, 1);

/** How many bytes can be written through a layer's mount, up to a mebibyte. */
async function roomIn(host: Host, driver: Driver, id: LayerId, code: Enforcement['code']): Promise<number> {
  const root = await driver.get(id);
  try {
    return fill(host, join(root, 'file'), code);
  } finally {
    await driver.put(id);
  }
}

function fill({ fs }: Host, path: Path, code: Enforcement['code']): number {
  const fd = fs.open(path, O_WRONLY | O_CREAT, 0o644);
  let written = 0;
  try {
    for (; written < mostWritten; written += piece.length) fs.writeAll(fd, piece);
    return written;
  } catch (error) {
    if (!isSystemError(error, code)) throw error;
    return written;
  } finally {
    fs.close(fd);
  }
}

/** The limit of the project that a layer's files are in, in bytes. */
async function limitOf(machine: Machine, driver: Driver, id: LayerId): Promise<number> {
  const { UpperDir, SourceDir } = await driver.getMetadata(id);
  const project = projectOf(machine.host.fs, pathFromText(UpperDir ?? SourceDir ?? ''));
  const device = join(homeOf(machine), 'backingFsBlockDev');
  return machine.host.fs.getProjectQuota(device, project).limit * 512;
}

function expectNear(room: number, limit: number): void {
  // ext4 and xfs count directories and the driver's own small files in the layer as well.
  const own = 64 * kibibyte;
  expect(room).toBeLessThanOrEqual(limit);
  expect(room).toBeGreaterThanOrEqual(limit - own);
}
