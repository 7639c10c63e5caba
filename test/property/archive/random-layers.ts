import fc from 'fast-check';
import type { CraftedEntry } from './layer-cases.ts';

/** Few names, so that members meet: replace each other, go through each other's symlinks, delete each other. */
const part = fc.constantFrom('a', 'b', 'c');
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

/** Attributes that no directory has by itself. */
const attributes = fc.record({
  mode: fc.constantFrom('0700', '0755', '01777', '02750'),
  uid: fc.integer({ min: 0, max: 3 }),
  gid: fc.integer({ min: 0, max: 3 }),
  mtime: fc.integer({ min: 1, max: 1000 }),
});

const directory = fc.tuple(path, attributes, fc.boolean()).map(([name, fields, marked]): CraftedEntry => ({
  type: 'dir',
  name: `${name}/`,
  ...fields,
  ...(marked ? { xattrs: { 'user.mark': '01' } } : {}),
}));

const file = fc
  .tuple(path, attributes, fc.string({ maxLength: 3 }))
  .map(([name, fields, data]): CraftedEntry => ({ type: 'file', name, ...fields, data }));

const target = fc.oneof(
  path,
  path.map((text) => `/${text}`),
  path.map((text) => `../${text}`),
);

const symlink = fc
  .tuple(path, target)
  .map(([name, linkname]): CraftedEntry => ({ type: 'symlink', name, linkname, mtime: 7 }));

const hardlink = fc
  .tuple(path, path, attributes)
  .map(([name, linkname, fields]): CraftedEntry => ({ type: 'hardlink', name, linkname, ...fields }));

const fifo = path.map((name): CraftedEntry => ({ type: 'fifo', name, mtime: 5 }));

/** A member that is no mark. */
export const member = fc.oneof(
  { weight: 4, arbitrary: file },
  { weight: 3, arbitrary: directory },
  { weight: 1, arbitrary: symlink },
  { weight: 1, arbitrary: fifo },
);

const inDirectory = (directories: string, base: string): string =>
  directories === '' ? base : `${directories}/${base}`;

const parents = fc.array(part, { maxLength: 2 }).map((parts) => parts.join('/'));

const whiteout = fc
  .tuple(parents, part)
  .map(([above, name]): CraftedEntry => ({ type: 'file', name: inDirectory(above, `.wh.${name}`) }));

const opaque = parents.map((above): CraftedEntry => ({ type: 'file', name: inDirectory(above, '.wh..wh..opq') }));

/** A whiteout or an opaque marker. */
export const mark = fc.oneof({ weight: 3, arbitrary: whiteout }, { weight: 1, arbitrary: opaque });

/** A layer with anything in it, in any order. */
export const anyLayer = fc.array(
  fc.oneof({ weight: 6, arbitrary: member }, { weight: 3, arbitrary: mark }, { weight: 1, arbitrary: hardlink }),
  { maxLength: 8 },
);

/** A layer to start from. */
export const baseLayer = fc.array(member, { minLength: 3, maxLength: 12 });
