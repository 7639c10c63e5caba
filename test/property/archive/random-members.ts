import fc from 'fast-check';
import { paddingOf } from '../../../src/core/archive/tar/header.ts';
import { encodeEntry, endOfArchive, type NewEntry } from '../../../src/core/archive/tar/entry-encoder.ts';

/** A member to be written, and its content. */
export interface NewMember {
  readonly entry: NewEntry;
  readonly content: Buffer;
}

/** Any byte but NUL, often a plain letter. */
const nameByte = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 97, max: 122 }) },
  fc.integer({ min: 1, max: 255 }),
);

const bytes = (max: number): fc.Arbitrary<string> =>
  fc.array(nameByte, { minLength: 1, maxLength: max }).map((codes) => String.fromCharCode(...codes));

/** Lengths around the fields' widths matter: 100 for names and link targets. */
const name = fc.oneof(bytes(12), bytes(99), bytes(100), bytes(101), bytes(300));

/** Ids around 2^21 (what octal holds), 2^31 and 2^32. */
const id = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.constantFrom(2 ** 21 - 1, 2 ** 21, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2),
  fc.integer({ min: 0, max: 2 ** 32 - 2 }),
);

const time = fc.record({
  sec: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.constantFrom(-1, 0, 2 ** 33 - 1, 2 ** 33, -(2 ** 40)),
    fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  ),
  nsec: fc.oneof(
    fc.constant(0),
    fc.constantFrom(1, 500_000_000, 999_999_999),
    fc.integer({ min: 0, max: 999_999_999 }),
  ),
});

const octets = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: max }).map((value) => Buffer.from(value));

const xattrName = bytes(20).filter((text) => !text.includes('='));

const xattrs = fc
  .array(fc.tuple(xattrName, octets(40)), { maxLength: 4 })
  .map((entries): ReadonlyMap<string, Uint8Array> => new Map(entries.map(([key, value]) => [`user.${key}`, value])));

const common = fc.record({
  name,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  mtime: time,
  xattrs,
});

const plain = { linkname: '', size: 0, devmajor: 0, devminor: 0 };
const none = Buffer.alloc(0);

const file = fc.tuple(common, octets(1600)).map(([fields, content]): NewMember => ({
  entry: { ...plain, ...fields, type: 'file', size: content.length },
  content,
}));

const directory = common.map((fields): NewMember => ({
  entry: { ...plain, ...fields, type: 'directory', name: `${fields.name}/` },
  content: none,
}));

const link = fc
  .tuple(common, name, fc.constantFrom('symlink' as const, 'hardlink' as const))
  .map(([fields, linkname, type]): NewMember => ({ entry: { ...plain, ...fields, type, linkname }, content: none }));

const device = fc
  .tuple(
    common,
    fc.integer({ min: 0, max: 4095 }),
    fc.integer({ min: 0, max: 0xfffff }),
    fc.constantFrom('character-device' as const, 'block-device' as const),
  )
  .map(([fields, devmajor, devminor, type]): NewMember => ({
    entry: { ...plain, ...fields, type, devmajor, devminor },
    content: none,
  }));

const fifo = common.map((fields): NewMember => ({ entry: { ...plain, ...fields, type: 'fifo' }, content: none }));

/** A member of any type with any metadata that Linux has. */
export const member = fc.oneof({ weight: 3, arbitrary: file }, directory, link, device, fifo);

export const members = fc.array(member, { maxLength: 8 });

/** The members as an archive. */
export function archiveOf(list: readonly NewMember[]): Buffer {
  const blocks = list.flatMap(({ entry, content }) => [
    encodeEntry(entry),
    content,
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...blocks, endOfArchive]);
}
