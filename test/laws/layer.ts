import fc from 'fast-check';
import { dirname, type Path } from '../../src/host/index.ts';
import type { Node, View } from './view.ts';

/** What a layer says of one path. Directories may be opaque; a hard link names a file of the same layer. */
export type Member =
  | { readonly kind: 'node'; readonly node: Node; readonly opaque: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'whiteout' };

/** A layer: members by path, parents before what is in them. */
export type Layer = ReadonlyMap<string, Member>;

/** A plain file of root's, as a member. */
export function fileMember(content: string, mtime = 0): Member & { readonly kind: 'node' } {
  const node: Node = {
    type: 'file',
    mode: 0o644,
    owner: '0:0',
    mtime,
    content,
    xattrs: {},
    names: undefined,
  };
  return { kind: 'node', node, opaque: false };
}

/** Few names, so that layers meet; among them such as begin like a whiteout, are no UTF-8, or sort around a slash. */
const names = [
  'a',
  'b',
  'a-b',
  'c d',
  '.wh',
  '\xff',
  'é'.normalize('NFD').replace(/./gsu, (c) => (c < '\x80' ? c : '\xcc')),
];

export const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((components) => `/${components.join('/')}`);

/** Few seconds, so that times are often equal; some before 1970. */
const seconds = fc.constantFrom(-1, 0, 1_700_000_000, 1_700_000_001);
const contents = fc.constantFrom('', 'x', 'y', 'longer content', 'z'.repeat(5000));
const owner = fc.constantFrom('0:0', '0:0', '1000:1000', '100000:65534');
const userXattrs = fc.constantFrom({}, {}, { 'user.note': '6869' }, { 'user.note': '' });
const capability = '0100000200200000000000000000000000000000';
const fileXattrs = fc.oneof(userXattrs, fc.constant({ 'security.capability': capability }));

const metadata = { owner, mtime: seconds, names: fc.constant(undefined) };

const fileNode = fc.record({
  ...metadata,
  type: fc.constant('file'),
  mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o000),
  content: contents,
  xattrs: fileXattrs,
});

const directoryNode = fc.record({
  ...metadata,
  type: fc.constant('directory'),
  mode: fc.constantFrom(0o755, 0o700, 0o1777, 0o555),
  content: fc.constant(undefined),
  xattrs: userXattrs,
});

const otherNode = fc.oneof(
  fc.record({
    ...metadata,
    type: fc.constant('symlink'),
    mode: fc.constant(0o777),
    content: fc.constantFrom('a', '/a', '../b', '/does/not/exist'),
    xattrs: fc.constant({}),
  }),
  fc.record({
    ...metadata,
    type: fc.constantFrom('character-device', 'block-device'),
    mode: fc.constant(0o600),
    content: fc.constantFrom('1:3', '8:0', '4095:1048575'),
    xattrs: fc.constant({}),
  }),
  fc.record({
    ...metadata,
    type: fc.constant('fifo'),
    mode: fc.constant(0o644),
    content: fc.constant(undefined),
    xattrs: fc.constant({}),
  }),
);

const member: fc.Arbitrary<Member> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('node'), node: fileNode, opaque: fc.constant(false) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('node'), node: directoryNode, opaque: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('node'), node: otherNode, opaque: fc.constant(false) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('link'), target: path }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'whiteout' }) },
);

const plainDirectory: Member = {
  kind: 'node',
  opaque: false,
  node: {
    type: 'directory',
    mode: 0o755,
    owner: '0:0',
    mtime: 1_600_000_000,
    content: undefined,
    xattrs: {},
    names: undefined,
  },
};

/** Layers that the image-spec allows: every parent is a directory of the layer, and no path is there twice. */
export const layer: fc.Arbitrary<Layer> = fc
  .array(fc.tuple(path, member), { maxLength: 10 })
  .map((members) => legalLayer(new Map(members)));

export const layers: fc.Arbitrary<readonly Layer[]> = fc.array(layer, { minLength: 1, maxLength: 5 });

/** The layer as it can be made where no devices can. */
export function withoutDevices(layer: Layer): Layer {
  return new Map([...layer].filter(([, member]) => member.kind !== 'node' || !member.node.type.endsWith('-device')));
}

function legalLayer(drawn: ReadonlyMap<string, Member>): Layer {
  const legal = new Map<string, Member>();
  for (const [path, member] of [...drawn].sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1))) {
    if (!ancestors(path).every((ancestor) => isDirectoryMember(legal.get(ancestor) ?? plainDirectory))) continue;
    for (const ancestor of ancestors(path)) if (!legal.has(ancestor)) legal.set(ancestor, plainDirectory);
    legal.set(path, member);
  }
  // A hard link whose target is no file of the layer is left out: where it leads to is another subject. The others come
  // after all files, as a link follows its target.
  const links = [...legal].filter(([, member]) => member.kind === 'link' && isFile(legal.get(member.target)));
  return new Map([...[...legal].filter(([, { kind }]) => kind !== 'link'), ...links]);
}

function isFile(member: Member | undefined): boolean {
  return member?.kind === 'node' && member.node.type === 'file';
}

function isDirectoryMember(member: Member): boolean {
  return member.kind === 'node' && member.node.type === 'directory';
}

function depth(path: string): number {
  return path.split('/').length;
}

/** The directories that lead to `path`, the root left out, from the top down. */
export function ancestors(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
}

/** The meaning of a stack of layers: the tree that a reader sees (OCI image-spec, layer.md). */
export function meaningOf(stack: readonly Layer[], root: Node): View {
  return withLayers(new Map([['/', root]]), stack);
}

/** A tree with layers put on it. */
export function withLayers(below: View, stack: readonly Layer[]): View {
  const view = new Map(below);
  const groups = new Map<string, object>();
  const inodes = new Map<string, object>();
  for (const [path, { names = [] }] of below) {
    const [first] = names;
    if (first === undefined) continue;
    groups.set(first, groups.get(first) ?? {});
    inodes.set(path, groups.get(first) ?? {});
  }
  for (const layer of stack) applyLayer(layer, view, inodes);
  const namesOf = (inode: object | undefined): readonly string[] =>
    [...inodes].filter(([, other]) => other === inode).map(([path]) => path);
  return new Map(
    [...view].map(([path, node]) => {
      const names = namesOf(inodes.get(path));
      return [path, { ...node, names: names.length > 1 ? [...names].sort() : undefined }];
    }),
  );
}

function applyLayer(layer: Layer, view: Map<string, Node>, inodes: Map<string, object>): void {
  const forget = (path: string): void => {
    view.delete(path);
    inodes.delete(path);
  };
  const below = (path: string): readonly string[] => [...view.keys()].filter((each) => each.startsWith(`${path}/`));
  for (const [path, member] of layer) {
    const staysDirectory = isDirectoryMember(member) && view.get(path)?.type === 'directory';
    if (!staysDirectory || (member.kind === 'node' && member.opaque)) below(path).forEach(forget);
    if (!staysDirectory) forget(path);
  }
  for (const [path, member] of layer) {
    if (member.kind === 'whiteout') continue;
    const target = member.kind === 'link' ? member.target : path;
    const source = layer.get(target);
    if (source?.kind !== 'node') continue;
    view.set(path, path === '/' ? { ...source.node, mtime: undefined } : source.node);
    if (source.node.type === 'directory') continue;
    inodes.set(path, inodes.get(target) ?? {});
    inodes.set(target, inodes.get(path) ?? {});
  }
}

/** The path of the directory that holds `path`. */
export function parentOf(path: string): string {
  return dirname(path as Path);
}
