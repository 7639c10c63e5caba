import { expect, test } from 'vitest';
import { applyLayerToOverlay, applyLayerToTree } from '../../../src/core/archive/index.ts';
import { join, type Host, type Path } from '../../../src/host/index.ts';
import { layerBytes } from './layer-cases.ts';
import { hardlink } from './rules/rule.ts';
import { simScratches } from './scratch.ts';
import { streamOf } from './unpack-case.ts';

// A file of many gigabytes may have a few blocks only. Bringing it into another layer must not fill the disk.

const size = 2 ** 28;
const sparse = { 'GNU.sparse.size': String(size), 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': `${2 ** 27},3` };
const below = layerBytes([{ type: 'file', name: 'a', data: 'end', pax: sparse }]);
const above = layerBytes([hardlink('b', 'a', { mode: '0600' })]);

function expectHoles({ fs }: Host, path: Path): void {
  const stat = fs.lstat(path);
  expect({ size: stat.size, nlink: stat.nlink, blocks: stat.blocks < 100 }).toEqual({ size, nlink: 2, blocks: true });
}

test('a file that is copied up for a link keeps its holes', async () => {
  await simScratches.run(async ({ host, directory }) => {
    const [lower, diff] = [join(directory, 'lower'), join(directory, 'diff')];
    host.fs.mkdir(lower, 0o755);
    host.fs.mkdir(diff, 0o755);
    await applyLayerToOverlay(host, streamOf(below), { diff: lower, lowers: [], xattrs: 'trusted' });
    await applyLayerToOverlay(host, streamOf(above), { diff, lowers: [lower], xattrs: 'trusted' });
    expectHoles(host, join(diff, 'b'));
  });
});

test('a file that is parted from the parent keeps its holes', async () => {
  await simScratches.run(async ({ host, directory }) => {
    const [parent, root] = [join(directory, 'parent'), join(directory, 'root')];
    host.fs.mkdir(parent, 0o755);
    host.fs.mkdir(root, 0o755);
    await applyLayerToTree(host, streamOf(below), { root: parent, files: 'own' });
    host.fs.link(join(parent, 'a'), join(root, 'a'));
    await applyLayerToTree(host, streamOf(above), { root, files: 'shared-with-parent' });
    expectHoles(host, join(root, 'b'));
    expect(host.fs.lstat(join(parent, 'a')).permissions).toBe(0o644);
  });
});
