import fc from 'fast-check';
import type { Bytes, CraftedEntry } from '../../test/property/archive/layer-cases.ts';

/** Where archives are unpacked; absolute targets of hostile links point into it and never elsewhere. */
export const arena = '/tmp/graphdriver-fuzz-archives/arena';

/** Few names, so that members meet: the same name twice, below a file, below a symlink, beside its whiteout. */
const component = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom('a', 'b', 'd', 'e', 'l') },
  { weight: 8, arbitrary: fc.constantFrom('.wh.a', '.wh.b', '.wh.d', '.wh.l', '.wh..wh..opq') },
  { weight: 1, arbitrary: fc.constantFrom('.wh.', '.wh..', '.wh...', '.wh..wh.plnk', '.wh..wh.aufs', '.wh..wh.a') },
  { weight: 2, arbitrary: fc.constantFrom('..', '.', '') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Bytes>({ hex: 'c3a9' }, { hex: 'ff80' }, { hex: '0a2001' }, { hex: '2c3a5c' }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 260 }).map((count): Bytes => ({ repeat: 'n', count })) },
);

const before = fc.oneof(
  { weight: 40, arbitrary: fc.constant('') },
  { weight: 5, arbitrary: fc.constantFrom('./', '/', './/') },
  fc.constantFrom('../', '../../', '/../'),
);

/** Directories have plain names mostly: below a whiteout everything is refused. */
const above = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<Bytes>('', '', 'd/', 'd/', 'd/e/', 'l/', 'b/', 'a/', 'e/') },
  component.map((name): Bytes => [name, '/']),
);

const after = fc.oneof({ weight: 30, arbitrary: fc.constant('') }, fc.constantFrom('/', '//', '/.', '/..'));

const path = fc.tuple(before, above, component, after).map((parts): Bytes => parts);

/** Targets outside the root, inside it, dangling, and in circles. */
const target = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Bytes>('a', 'd/a', 'd/e/b', 'l', '/d', 'd', 'e') },
  { weight: 2, arbitrary: path },
  fc.constantFrom<Bytes>(
    `${arena}/victim`,
    `${arena}/outside`,
    `${arena}/outside/inner`,
    '../victim',
    '../../victim',
    '../../outside',
    '/',
    '.',
    '..',
    '',
  ),
);

const mode = fc.constantFrom('0644', '0755', '0700', '0000', '1777', '2755', '4711', '7777', '100644', '0200');
const id = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(0, 0, 1, 1000, 65534) },
  fc.constantFrom(2 ** 21, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 40, -1, -5),
);
const mtime = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(1_600_000_000, 1_500_000_000, 0, 1) },
  fc.constantFrom(-1, 2 ** 31, 2 ** 33, 2 ** 35),
);

const xattrs = fc.dictionary(
  fc.constantFrom(
    'user.a',
    'user.b',
    'trusted.t',
    'security.capability',
    'trusted.overlay.opaque',
    'trusted.overlay.redirect',
    'trusted.overlay.whiteout',
    'user.overlay.opaque',
    'system.posix_acl_access',
    'system.posix_acl_default',
    'nonsense',
    'user.é',
    'user.',
  ),
  fc.constantFrom(
    '',
    '79',
    '00ff0a3d',
    '2f6f757473696465',
    // A capability, a broken one, and an ACL with a named user.
    '0100000200040000000000000000000000000000',
    '01000002',
    '0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000400ffffffff',
  ),
  { maxKeys: 2 },
);

const data = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Bytes>('', 'A', 'data\n', 'BB') },
  fc.constantFrom(511, 512, 513, 1024, 5000).map((count): Bytes => ({ repeat: 'x', count })),
  fc.uint8Array({ maxLength: 40 }).map((bytes): Bytes => ({ hex: Buffer.from(bytes).toString('hex') })),
);

const paxValue = fc.oneof(
  fc.constantFrom<Bytes>(
    '',
    '0',
    '1',
    '5',
    '-1',
    '1024',
    '9999999999999999999',
    'x',
    '0,2',
    '0,1,2,1',
    '1.5',
    '-1.25',
    '1.5e9',
  ),
  path,
);
const pax = fc.dictionary(
  fc.constantFrom(
    'path',
    'linkpath',
    'size',
    'uid',
    'gid',
    'mtime',
    'atime',
    'ctime',
    'uname',
    'hdrcharset',
    'comment',
    'charset',
    'SCHILY.dev',
    'SCHILY.devmajor',
    'SCHILY.xattr.user.p',
    'LIBARCHIVE.xattr.user.q',
    'GNU.sparse.major',
    'GNU.sparse.minor',
    'GNU.sparse.map',
    'GNU.sparse.numblocks',
    'GNU.sparse.size',
    'GNU.sparse.realsize',
    'GNU.sparse.name',
  ),
  paxValue,
  { minKeys: 1, maxKeys: 4 },
);

const rawField = fc.dictionary(
  fc.constantFrom(
    'name',
    'mode',
    'uid',
    'gid',
    'size',
    'mtime',
    'chksum',
    'typeflag',
    'linkname',
    'magic',
    'devmajor',
    'prefix',
    'rest',
  ),
  fc.oneof(
    fc.constantFrom<Bytes>(
      '',
      '0',
      '777',
      '9',
      ' 7 ',
      '00000001000',
      { hex: '800000000000000000000400' },
      { hex: 'ffffffffffffffff' },
    ),
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes): Bytes => ({ hex: Buffer.from(bytes).toString('hex') })),
  ),
  { minKeys: 1, maxKeys: 2 },
);

/** Each with its own chance; what is not there takes the default. */
const extras = fc.record(
  {
    mode,
    uid: id,
    gid: id,
    mtime,
    xattrs,
  },
  { requiredKeys: [] },
);

const oddities = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Partial<CraftedEntry>>({}) },
  fc.record({ pax }),
  fc.record({ fields: rawField }),
  fc.record({ size: fc.constantFrom(0, 1, 512, 100_000, 2 ** 33, 2 ** 50, -1) }),
  fc.record({ base256: fc.constantFrom(['uid'], ['size'], ['mtime', 'gid'], ['mode']) }),
  fc.constantFrom<Partial<CraftedEntry>>({ noPadding: true }, { badChecksum: true }, { checksum: 'signed' }),
);

const format = fc.oneof(
  { weight: 6, arbitrary: fc.constant('pax' as const) },
  fc.constantFrom('gnu' as const, 'v7' as const),
);

const type = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.constantFrom('file', 'file', 'file', 'dir', 'dir', 'dir', 'symlink', 'symlink', 'hardlink'),
  },
  { weight: 5, arbitrary: fc.constantFrom('char', 'block', 'fifo', 'old-file', 'contiguous') },
  { weight: 1, arbitrary: fc.constantFrom('gnu-sparse', 'gnu-long-name', 'gnu-long-link', 'V', 'M') },
);

const device = fc.record({
  devmajor: fc.constantFrom(0, 0, 1, 4095, 4096, -1),
  devminor: fc.constantFrom(0, 3, 255, 2 ** 20 - 1, 2 ** 20),
});

const member = fc
  .tuple(type, path, target, data, extras, oddities, format, device)
  .map(([type, name, linkname, data, extras, oddities, format, device]): CraftedEntry => ({
    type,
    name,
    format,
    ...(type === 'symlink' || type === 'hardlink' ? { linkname } : {}),
    ...(type === 'file' || type === 'gnu-sparse' || type === 'contiguous' ? { data } : {}),
    ...(type === 'gnu-long-name' || type === 'gnu-long-link' ? { data: name } : {}),
    ...(type === 'char' || type === 'block' ? device : {}),
    ...extras,
    ...oddities,
  }));

/** Plain members, so that there is something to meet. */
const plainMembers: readonly CraftedEntry[] = [
  { type: 'dir', name: 'd/', mode: '0750', uid: 7 },
  { type: 'dir', name: 'd/e/' },
  { type: 'file', name: 'd/a', data: 'A' },
  { type: 'file', name: 'd/e/b', data: 'B' },
  { type: 'file', name: 'a', data: 'top' },
  { type: 'symlink', name: 'l', linkname: 'd' },
  { type: 'symlink', name: 'b', linkname: '/d/e' },
  { type: 'hardlink', name: 'e', linkname: 'd/a' },
  { type: 'file', name: '.wh.d' },
  { type: 'file', name: 'd/.wh.a' },
  { type: 'file', name: 'd/.wh..wh..opq' },
  { type: 'file', name: '.wh..wh..opq' },
];

const plain = fc.constantFrom(...plainMembers);

const explicit = fc.oneof(
  fc
    .tuple(fc.constantFrom('pax', 'global'), pax)
    .map(([type, records]): CraftedEntry => ({ type, name: 'x', records: Object.entries(records) })),
  fc.constantFrom<CraftedEntry>(
    { type: 'pax', name: 'x', records: ['12 path=a'] },
    { type: 'pax', name: 'x', records: ['99999999999 a=b\n'] },
    { type: 'pax', name: 'x', records: ['0 a=b\n', ' 6 a=b\n'] },
    { type: '@raw', data: { hex: '00'.repeat(512) } },
    { type: '@raw', data: { hex: '00'.repeat(1024) } },
    { type: '@raw', data: { hex: 'ff'.repeat(512) } },
    { type: '@raw', data: 'torn' },
  ),
);

/** Damage of the finished bytes: anywhere in the first blocks, of any kind. */
const damage = fc.oneof(
  fc
    .tuple(fc.nat(4095), fc.uint8Array({ minLength: 1, maxLength: 4 }))
    .map(([at, bytes]): CraftedEntry => ({ type: '@patch', at, data: { hex: Buffer.from(bytes).toString('hex') } })),
  fc.nat(6000).map((keep): CraftedEntry => ({ type: '@truncate', keep })),
  fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes): CraftedEntry => ({
    type: '@append',
    data: { hex: Buffer.from(bytes).toString('hex') },
  })),
  fc.constantFrom(0, 1, 3).map((blocks): CraftedEntry => ({ type: '@end', blocks })),
);

const members = fc.array(
  fc.oneof({ weight: 12, arbitrary: plain }, { weight: 12, arbitrary: member }, { weight: 1, arbitrary: explicit }),
  { maxLength: 9 },
);

const layer = fc
  .tuple(members, fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, fc.array(damage, { maxLength: 3 })))
  .map(([entries, damages]): readonly CraftedEntry[] => [...entries, ...damages]);

/** Layers, base first. The base is often a plain one, or nothing could lie below. */
export const randomStack: fc.Arbitrary<readonly (readonly CraftedEntry[])[]> = fc
  .tuple(
    fc.option(fc.subarray([...plainMembers], { minLength: 3 }), { nil: undefined }),
    fc.array(layer, { minLength: 1, maxLength: 2 }),
  )
  .map(([base, layers]) => (base === undefined ? layers : [base, ...layers]));
