import { expect } from 'vitest';
import { layerId } from '../../src/core/layer-id.ts';
import { perform, type Edit } from './edits.ts';
import type { Layer, Member } from './layer.ts';
import { archiveOf } from './layer-archive.ts';
import { viewOf } from './stack.ts';
import type { Node } from './view.ts';
import { inTree } from './view.ts';
import { onMachine, openDriver, type World } from './world.ts';

/** What each driver answers where drivers differ by their nature (nature.ts). */
export interface Nature {
  /** Renaming a directory of the layer below. */
  readonly renameBelow: 'EXDEV' | 'done';
  /** What becomes of a file with several names, all of them below, when one is written to. */
  readonly hardLinks: 'split' | 'kept';
  /** Whether a file that a layer does not change is the same inode as in its parent, where both are whole trees. */
  readonly unchangedFiles?: 'shared' | 'copied';
  /** What a layer that is below another one answers to an edit; what a union would show of that is undefined. */
  readonly editBelow?: 'EROFS' | 'done';
  /** Whether the target of a symlink counts in the size of an applied archive (graph-drivers.md 2.8). */
  readonly symlinkSize: 'counted' | 'not counted';
}

export const natures = {
  overlay2: { renameBelow: 'EXDEV', hardLinks: 'split', editBelow: 'EROFS', symlinkSize: 'counted' },
  overlay: {
    renameBelow: 'EXDEV',
    hardLinks: 'split',
    unchangedFiles: 'shared',
    editBelow: 'done',
    symlinkSize: 'not counted',
  },
  aufs: { renameBelow: 'EXDEV', hardLinks: 'kept', symlinkSize: 'counted' },
  vfs: {
    renameBelow: 'done',
    hardLinks: 'kept',
    unchangedFiles: 'copied',
    editBelow: 'done',
    symlinkSize: 'not counted',
  },
} as const satisfies Readonly<Record<string, Nature>>;

const file: Node = {
  type: 'file',
  mode: 0o644,
  owner: '0:0',
  mtime: 1_700_000_000,
  content: 'old',
  xattrs: {},
  names: undefined,
};

function member(node: Partial<Node>): Member {
  return { kind: 'node', node: { ...file, ...node }, opaque: false };
}

const image: Layer = new Map([
  ['/d', member({ type: 'directory', mode: 0o755, content: undefined })],
  ['/d/f', member({})],
  ['/one', member({})],
  ['/other', { kind: 'link', target: '/one' } as const],
]);

const base = layerId('base');
const child = layerId('child');

/** Edits a container on the image, and answers the outcome and what is seen afterwards. */
async function editing(world: World, edit: Edit): Promise<{ readonly outcome: string; readonly other: unknown }> {
  return onMachine(world, async ({ host, ...machine }) => {
    const driver = await openDriver({ host, ...machine });
    await driver.createFromDiff(base, '', archiveOf(image));
    await driver.createReadWrite(child, base);
    const outcome = perform(host.fs, await driver.get(child), edit);
    await driver.put(child);
    return { outcome, other: (await viewOf(host, driver, child)).get('/other')?.content };
  });
}

export async function renamesBelow(world: World, { renameBelow }: Nature): Promise<void> {
  const { outcome } = await editing(world, { op: 'rename', path: '/d', to: '/e' });
  expect(outcome).toBe(renameBelow);
}

export async function splitsHardLinks(world: World, { hardLinks }: Nature): Promise<void> {
  const { outcome, other } = await editing(world, { op: 'write', path: '/one', content: 'new', seconds: 0 });
  expect({ outcome, other }).toEqual({ outcome: 'done', other: hardLinks === 'kept' ? 'new' : 'old' });
}

export async function sharesUnchangedFiles(world: World, { unchangedFiles }: Nature): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.createFromDiff(base, '', archiveOf(image));
    await driver.createFromDiff(child, base, archiveOf(new Map([['/new', member({})]])));
    const inodes: bigint[] = [];
    for (const id of [base, child]) {
      inodes.push(machine.host.fs.lstat(inTree(await driver.get(id), '/one')).ino);
      await driver.put(id);
    }
    expect(inodes[0] === inodes[1]).toBe(unchangedFiles === 'shared');
  });
}

export async function editsBelow(world: World, { editBelow }: Nature): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    await driver.createFromDiff(base, '', archiveOf(image));
    await driver.createReadWrite(child, base);
    await driver.createReadWrite(layerId('grandchild'), child);
    const outcome = perform(machine.host.fs, await driver.get(child), { op: 'mkdir', path: '/new' });
    await driver.put(child);
    expect(outcome).toBe(editBelow);
  });
}

export async function countsSymlinks(world: World, { symlinkSize }: Nature): Promise<void> {
  await onMachine(world, async (machine) => {
    const driver = await openDriver(machine);
    const link = member({ type: 'symlink', mode: 0o777, content: '/target' });
    const size = await driver.createFromDiff(base, '', archiveOf(new Map([['/link', link]])));
    expect(size).toBe(symlinkSize === 'counted' ? '/target'.length : 0);
  });
}
