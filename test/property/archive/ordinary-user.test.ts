import { describe, expect, it } from 'vitest';
import { applyLayerToTree } from '../../../src/core/archive/index.ts';
import { join, textFromPath, type Path } from '../../../src/host/index.ts';
import { SimHost } from '../../../src/sim/index.ts';
import type { Person } from '../../laws/ownership.ts';
import { vfs } from '../../laws/vfs.ts';
import { readView } from '../../laws/view.ts';
import type { Machine } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';
import { layerBytes, type CraftedEntry } from './layer-cases.ts';
import { streamOf } from './unpack-case.ts';

const user: Person = { uid: 1000, gid: 1000 };
const world = new SimWorld(vfs, undefined, { user });

type Entry = Omit<CraftedEntry, 'uid' | 'gid'>;

/** What an ordinary user has after unpacking layers, one over the other. */
async function unpacked(...layers: readonly (readonly Entry[])[]): Promise<Readonly<Record<string, string>>> {
  const machine = world.start();
  const root = join(machine.directory, 'tree');
  machine.host.fs.mkdir(root, 0o755);
  for (const layer of layers) await unpack(machine, root, layer);
  return shown(machine, root);
}

async function unpack({ host }: Machine, root: Path, layer: readonly Entry[]): Promise<void> {
  const archive = layerBytes(layer.map((entry) => ({ ...user, ...entry })));
  await applyLayerToTree(host, streamOf(archive), { root, files: 'own' });
}

/** As root sees it: mode, time where it is not that of the machine, content and attributes. */
function shown({ host }: Machine, root: Path): Readonly<Record<string, string>> {
  if (!(host instanceof SimHost)) throw new Error('a simulated machine has a simulated host');
  const lines = [...readView(new SimHost(host.machine), root)].map(
    ([path, { mode, owner, mtime, content, xattrs }]) => {
      expect(owner).toBe('1000:1000');
      const note = Buffer.from(xattrs['user.note'] ?? '', 'hex').toString();
      const time = mtime !== undefined && mtime < 1_000 ? `@${mtime}` : '';
      return [textFromPath(path), [mode.toString(8) + time, content, note].filter(Boolean).join(' ')] as const;
    },
  );
  return Object.fromEntries(lines);
}

const note = (text: string): Partial<Entry> => ({ pax: { 'SCHILY.xattr.user.note': text } });

describe('an ordinary user', () => {
  it.each(['444', '4755', '0'])('unpacks a file of mode %s with a user attribute', async (mode) => {
    const layer = [{ type: 'file', name: 'f', data: 'x', mode, ...note('said') }];
    expect(await unpacked(layer)).toMatchObject({ '/f': `${mode} x said` });
  });

  it('gives the same attribute once more where a second name repeats it', async () => {
    const file = { type: 'file', name: 'f', data: 'x', mode: '0444', ...note('said') };
    const link = { ...file, type: 'hardlink', name: 'g', linkname: 'f', data: '' };
    expect(await unpacked([file, link])).toMatchObject({ '/f': '444 x said', '/g': '444 x said' });
  });

  it.each(['555', '444', '100', '0'])('fills a directory of mode %s', async (mode) => {
    const directory = { type: 'dir', name: 'd/', mode, mtime: 7, ...note('said') };
    const file = { type: 'file', name: 'd/f', data: 'x', mode: '0600' };
    expect(await unpacked([directory, file])).toMatchObject({ '/d': `${mode}@7 said`, '/d/f': '600 x' });
    const readable = { ...directory, mode: '0755' };
    expect(await unpacked([directory, file], [readable])).toMatchObject({ '/d': '755@7 said', '/d/f': '600 x' });
  });

  it('adds to directories that nobody may write to, and takes from them', async () => {
    const below = [
      { type: 'dir', name: './', mode: '0555', mtime: 6 },
      { type: 'dir', name: 'd/', mode: '0555', mtime: 7, ...note('one') },
      { type: 'file', name: 'd/old', data: 'x' },
      { type: 'dir', name: 'e/', mode: '0555', mtime: 8, ...note('one') },
      { type: 'dir', name: 'hidden/', mode: '0', mtime: 8 },
      { type: 'dir', name: 'hidden/deep/', mode: '0', mtime: 8 },
      { type: 'file', name: 'hidden/deep/file', data: 'x' },
    ];
    const layer = [
      { type: 'file', name: 'd/.wh.old' },
      { type: 'file', name: 'd/new', data: 'y', mode: '0644' },
      { type: 'dir', name: 'e/', mode: '0500', mtime: 9, ...note('two') },
      { type: 'file', name: '.wh.hidden' },
    ];
    expect(await unpacked(below, layer)).toEqual({
      '/': '555',
      '/d': '555@7 one',
      '/d/new': '644 y',
      '/e': '500@9 two',
    });
  });

  it('owns the directories that no member describes', async () => {
    const layer = [{ type: 'file', name: 'a/b/c', data: 'x', mode: '0644' }];
    expect(await unpacked(layer)).toEqual({ '/': '755', '/a': '755', '/a/b': '755', '/a/b/c': '644 x' });
  });
});
