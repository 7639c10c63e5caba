import type { HostRecord } from '../records.ts';
import type { Group } from './group.ts';
import type { Scene } from './scene.ts';

const dirMode = 0o755;
const fileMode = 0o644;
const fileModes: readonly number[] = [0o644, 0o644, 0o644, 0o600, 0o666, 0o755, 0, 0o4755];
const dirModes: readonly number[] = [0o755, 0o755, 0o755, 0o700, 0o777, 0o1777, 0o2775];
const owners: readonly (readonly [uid: number, gid: number])[] = [
  [1000, 1000],
  [1001, 1001],
  [0, 1000],
];
const attributes: readonly string[] = ['user.k1', 'user.k2', 'trusted.k3'];
/** Deeper than this no directory is made. */
const deepest = 3;

/** What is in one layer so far. */
class Layer {
  readonly root: string;
  readonly directories: string[] = [''];
  readonly files: string[] = [];
  /** Names that overlayfs takes as marks, not as entries: their times say nothing. */
  readonly marks = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  path(relative: string): string {
    return `${this.root}/${relative}`;
  }

  /** Takes a name; whether it was free. */
  take(relative: string): boolean {
    if (this.#taken.has(relative)) return false;
    this.#taken.add(relative);
    return true;
  }

  get entries(): readonly string[] {
    return [...this.#taken].filter((relative) => !this.marks.has(relative));
  }
}

/** Fills a layer with a random tree, and with the marks of overlayfs that a layer may carry. */
export function makeLayer(scene: Scene, group: Group, root: string): void {
  const { chance } = scene;
  scene.run({ t: 'host', op: 'mkdir', path: root, mode: dirMode });
  const layer = new Layer(root);
  for (let left = 4 + chance.below(14); left > 0; left -= 1) makeEntry(scene, layer);
  makeMarks(scene, group, layer);
  setTimes(scene, layer);
}

function makeEntry(scene: Scene, layer: Layer): void {
  const { chance } = scene;
  const parent = chance.pick(layer.directories);
  const name = scene.name();
  const relative = parent === '' ? name : `${parent}/${name}`;
  if (!layer.take(relative)) return;
  scene.paths.push(relative);
  const kind = chance.weighted(entryKinds);
  const path = layer.path(relative);
  switch (kind) {
    case 'dir':
      scene.run({ t: 'host', op: 'mkdir', path, mode: chance.pick(dirModes) });
      if (relative.split('/').length < deepest) layer.directories.push(relative);
      break;
    case 'file':
      makeFile(scene, layer, relative);
      break;
    case 'whiteout':
      scene.run({ t: 'host', op: 'mknod', path, kind: 'chr', mode: 0, rdev: [0, 0] });
      layer.marks.add(relative);
      return;
    case 'symlink':
      scene.run({ t: 'host', op: 'symlink', path, target: symlinkTarget(scene, parent) });
      break;
    case 'fifo':
    case 'sock':
      scene.run({ t: 'host', op: 'mknod', path, kind, mode: fileMode, rdev: [0, 0] });
      break;
    case 'device':
      scene.run({ t: 'host', op: 'mknod', path, kind: 'chr', mode: 0o666, rdev: [1, 3] });
      break;
    case 'link':
      makeLink(scene, layer, relative);
      return;
  }
  decorate(scene, path, kind);
}

type EntryKind = 'dir' | 'file' | 'whiteout' | 'symlink' | 'fifo' | 'sock' | 'device' | 'link';

const entryKinds: readonly (readonly [number, EntryKind])[] = [
  [40, 'dir'],
  [30, 'file'],
  [10, 'whiteout'],
  [8, 'symlink'],
  [2, 'fifo'],
  [1, 'sock'],
  [3, 'device'],
  [6, 'link'],
];

function makeFile(scene: Scene, layer: Layer, relative: string): void {
  const { chance } = scene;
  const padding = 'x'.repeat(chance.pick([0, 3, 40]));
  const data = `${layer.root.slice(1)}:${relative}\n${padding}`;
  scene.run({ t: 'host', op: 'file', path: layer.path(relative), mode: chance.pick(fileModes), data });
  layer.files.push(relative);
}

function makeLink(scene: Scene, layer: Layer, relative: string): void {
  const target = layer.files.length === 0 ? undefined : scene.chance.pick(layer.files);
  if (target === undefined) makeFile(scene, layer, relative);
  else scene.run({ t: 'host', op: 'link', path: layer.path(target), to: layer.path(relative) });
}

/** A target somewhere in the tree, in itself, outside of it or nowhere. */
export function symlinkTarget(scene: Scene, parent: string): string {
  const { chance } = scene;
  const up = parent === '' ? '' : '../'.repeat(parent.split('/').length);
  return chance.weighted([
    [5, () => (scene.paths.length === 0 ? '.' : up + chance.pick(scene.paths))],
    [2, () => chance.pick(['a', 'b', 'c', 'd'])],
    [1, () => '.'],
    [1, () => 'nowhere'],
    [1, () => '/abs/target'],
  ])();
}

/** Owner, mode and extended attributes, now and then. */
function decorate(scene: Scene, path: string, kind: EntryKind): void {
  const { chance } = scene;
  if (chance.percent(15)) {
    const [uid, gid] = chance.pick(owners);
    scene.run({ t: 'host', op: 'chown', path, uid, gid });
    if (kind === 'file') scene.run({ t: 'host', op: 'chmod', path, mode: chance.pick(fileModes) });
  }
  if ((kind === 'file' || kind === 'dir') && chance.percent(20)) setAttribute(scene, path, chance.pick(attributes));
}

function setAttribute(scene: Scene, path: string, name: string): void {
  scene.run({ t: 'host', op: 'setxattr', path, name, value: `v${scene.chance.below(10)}` });
}

function makeMarks(scene: Scene, { prefix }: Group, layer: Layer): void {
  const { chance } = scene;
  const directories = layer.directories.filter((relative) => relative !== '');
  for (const relative of directories) {
    const path = layer.path(relative);
    if (chance.percent(12)) mark(scene, path, `${prefix}opaque`, 'y');
    if (chance.percent(5)) mark(scene, path, `${prefix}redirect`, redirectTarget(scene));
    if (chance.percent(5)) makeXattrWhiteout(scene, prefix, layer, relative);
    if (chance.percent(3)) mark(scene, path, `${prefix}impure`, 'y');
  }
  for (const relative of layer.files) if (chance.percent(4)) makeMetacopy(scene, prefix, layer.path(relative));
}

/** A file that stands for the data of one of the same name, or of another, in a layer below, if there is one. */
function makeMetacopy(scene: Scene, prefix: string, path: string): void {
  mark(scene, path, `${prefix}metacopy`, '');
  if (scene.chance.percent(50)) mark(scene, path, `${prefix}redirect`, redirectTarget(scene));
}

function mark(scene: Scene, path: string, name: string, value: string): void {
  scene.run({ t: 'host', op: 'setxattr', path, name, value });
}

/** Absolute, a sibling's name, or something that overlayfs does not accept. */
function redirectTarget(scene: Scene): string {
  const { chance } = scene;
  const names = ['a', 'b', 'c', 'd'];
  return chance.weighted([
    [3, () => `/${chance.pick(names)}/${chance.pick(names)}`],
    [2, () => `/${chance.pick(names)}`],
    [3, () => chance.pick(names)],
    [1, () => chance.pick(['x/y', '', '/', '/a//b', '/a/../b', '.'])],
  ])();
}

/** The other form of a whiteout: an empty file with an xattr, in a directory that is marked to hold such. */
function makeXattrWhiteout(scene: Scene, prefix: string, layer: Layer, directory: string): void {
  const relative = `${directory}/${scene.name()}`;
  if (!layer.take(relative)) return;
  layer.marks.add(relative);
  scene.paths.push(relative);
  scene.run({ t: 'host', op: 'file', path: layer.path(relative), mode: fileMode, data: '' });
  mark(scene, layer.path(relative), `${prefix}whiteout`, 'y');
  mark(scene, layer.path(directory), `${prefix}opaque`, 'x');
}

/** Every entry gets a time of its own; directories after what is in them, which changes theirs. */
function setTimes(scene: Scene, layer: Layer): void {
  const deepestFirst = [...layer.entries].sort().reverse();
  for (const relative of deepestFirst) {
    scene.run({ t: 'host', op: 'mtime', path: layer.path(relative), time: scene.newTime() });
  }
  scene.run({ t: 'host', op: 'mtime', path: layer.root, time: scene.newTime() });
}

/** A data-only layer: files that only metacopy files of the layers above refer to. Answers their paths, from its root. */
export function makeDataLayer(scene: Scene, root: string): readonly string[] {
  const run = (record: HostRecord): void => void scene.run(record);
  run({ t: 'host', op: 'mkdir', path: root, mode: dirMode });
  run({ t: 'host', op: 'mkdir', path: `${root}/dd`, mode: dirMode });
  const names = ['o0', 'o1', 'dd/o2'].slice(0, 1 + scene.chance.below(3));
  for (const name of names) {
    run({ t: 'host', op: 'file', path: `${root}/${name}`, mode: fileMode, data: `data ${name}` });
    run({ t: 'host', op: 'mtime', path: `${root}/${name}`, time: scene.newTime() });
  }
  return names;
}

/** Files of a layer whose data are in a data-only layer (R: metacopy and an absolute redirect). */
export function makeMetacopies(scene: Scene, layer: string, data: readonly string[]): void {
  const { chance, run } = scene;
  for (let number = 0; number < 3; number += 1) {
    if (chance.percent(40)) continue;
    const path = `${layer}/m${number}`;
    const target = chance.percent(85) ? chance.pick(data) : 'missing';
    run({ t: 'host', op: 'file', path, mode: fileMode, data: '' });
    run({ t: 'host', op: 'truncate', path, len: `data ${target}`.length });
    run({ t: 'host', op: 'setxattr', path, name: 'trusted.overlay.metacopy', value: '' });
    run({ t: 'host', op: 'setxattr', path, name: 'trusted.overlay.redirect', value: `/${target}` });
    run({ t: 'host', op: 'mtime', path, time: scene.newTime() });
    scene.paths.push(`m${number}`);
  }
}
