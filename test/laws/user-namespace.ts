import { expect } from 'vitest';
import { layerId } from '../../src/core/layer-id.ts';
import { join, type FileSystem, type Path } from '../../src/host/index.ts';
import { perform, type Edit } from './edits.ts';
import type { Layer, Member } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { bytesOf, streamOf, viewOf } from './stack.ts';
import { readView, type Node, type View } from './view.ts';
import { homeOf, initDriver, onMachine, type Machine, type World } from './world.ts';

/**
 * A container's life with what root of any user namespace may do, be it that root is the only id there: files of root,
 * whiteouts, opaque directories, no devices. What overlayfs writes of its own is in `user.overlay.*` there, and in
 * `trusted.overlay.*` elsewhere.
 */
export async function lifeWithRootAlone(world: World): Promise<void> {
  await onMachine(world, async (machine) => {
    const { host } = machine;
    const warnings: string[] = [];
    const driver = await initDriver(machine, (message) => warnings.push(message));
    await driver.createFromDiff(base, '', archiveOf(image));
    const nested = host.system.inUserNamespace();
    expect(warnings).toEqual(nested ? [expect.stringContaining('devices cannot be made in a user namespace')] : []);
    const before = await viewOf(host, driver, base);
    expect([...before.keys()].includes('/null')).toBe(!nested);

    await driver.createReadWrite(container, base);
    const root = await driver.get(container);
    for (const edit of edits) perform(host.fs, root, edit);
    const after = readView(host, root);
    expect((await driver.changes(container, base)).map(({ kind, path }) => `${kind} ${path}`)).toEqual(changes);
    await driver.put(container);

    await driver.create(copy, base);
    const diff = await bytesOf(await driver.diff(container, base));
    await driver.applyDiff(copy, base, streamOf(diff));
    expect(contents(await viewOf(host, driver, copy))).toEqual(contents(after));
    expect(await driver.changes(copy, base)).toEqual(await driver.changes(container, base));
    checkMarks(machine, nested ? 'user' : 'trusted');

    for (const id of [copy, container, base]) await driver.remove(id);
    expect([...readView(host, homeOf(machine)).keys()].sort()).toEqual(machine.driver.emptyHome);
    expect(host.mount.table().filter(({ target }) => target.startsWith(`${homeOf(machine)}/`))).toEqual([]);
  });
}

const base = layerId('base');
const container = layerId('container');
const copy = layerId('copy');

function node(type: string, content?: string): Member {
  const node: Node = {
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    owner: '0:0',
    mtime: 1_700_000_000,
    content,
    xattrs: {},
    names: undefined,
  };
  return { kind: 'node', node, opaque: false };
}

const image: Layer = new Map([
  ['/dir', node('directory')],
  ['/dir/old', node('file', 'old')],
  ['/file', node('file', 'here')],
  ['/fifo', node('fifo')],
  ['/kept', node('symlink', 'file')],
  ['/null', node('character-device', '1:3')],
]);

const edits: readonly Edit[] = [
  { op: 'remove', path: '/file' },
  { op: 'remove', path: '/dir' },
  { op: 'mkdir', path: '/dir' },
  { op: 'write', path: '/dir/new', content: 'new', seconds: 1_700_000_001 },
];

const changes = ['C /dir', 'A /dir/new', 'D /dir/old', 'D /file'];

function contents(view: View): readonly string[] {
  return [...view].map(([path, { type, content, owner }]) => `${path} ${type} ${owner} ${content ?? ''}`).sort();
}

/** Where the driver keeps what a layer changed, there are a whiteout and an opaque mark in the right namespace. */
function checkMarks(machine: Machine, namespace: 'user' | 'trusted'): void {
  const { host, driver } = machine;
  if (driver.mountOf(container, base) === undefined) return;
  const marked = new Set<string>();
  for (const path of readView(host, homeOf(machine)).keys()) {
    const found = overlayXattrs(host.fs, join(homeOf(machine), path.slice(1)));
    expect(found.filter((name) => !name.startsWith(`${namespace}.overlay.`))).toEqual([]);
    if (found.includes(`${namespace}.overlay.opaque`)) marked.add(path);
  }
  const own = ['diff', 'upper'].map((name) => join(homeOf(machine), `${container}/${name}`));
  const upper = own.find((directory) => host.fs.lstatIfExists(directory) !== undefined);
  expect([...marked]).toContain(`${upper?.slice(homeOf(machine).length) ?? ''}/dir`);
  expect(host.fs.lstat(join(upper ?? ('/' as Path), 'file'))).toMatchObject({ type: 'character-device', rdev: 0 });
}

function overlayXattrs(fs: FileSystem, path: Path): readonly string[] {
  return fs.llistxattr(path).filter((name) => /^[a-z]+\.overlay\./.test(name));
}
