import fc from 'fast-check';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
  UTIME_NOW,
  UTIME_OMIT,
} from '../../../../src/host/constants.ts';
import type { Op, Program } from './program.ts';

/** What a generated program may do. */
export interface ProgramShape {
  /** The world is a chroot: `..` and absolute paths may stand anywhere, also in symlinks. */
  readonly chroot: boolean;
  /** How many processes take part. */
  readonly actors: number;
  readonly maxLength: number;
  /** Filesystems are mounted and unmounted as well, small ones so that they fill up. Only for root in a chroot. */
  readonly mounts?: true;
}

const slot = fc.integer({ min: 0, max: 4 });
const component = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 2, arbitrary: fc.constantFrom('.', '..') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(255), 'y'.repeat(256), 'n', '\xff\xfe') },
);
const mode = fc.oneof(
  fc.constantFrom(0o755, 0o644, 0o777, 0o700, 0o1777, 0o2775, 0o4755, 0o6777, 0o2644, 0o4711, 0),
  fc.integer({ min: 0, max: 0o7777 }),
);
const length = fc.oneof(fc.constantFrom(0, 1, 10, 4096, 5000, 8192), fc.integer({ min: 0, max: 20_000 }));
const offset = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 5, 4095, 4096, 5000, 12_288) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -5, 1_000_000, 2 ** 40, 2 ** 52) },
);

function pathOf({ chroot }: ProgramShape): fc.Arbitrary<string> {
  const parts = fc.array(component, { minLength: 1, maxLength: 4, size: 'medium' });
  const tail = fc.oneof(
    { weight: 10, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('/', '//', '/.', '/..') },
  );
  const head = chroot
    ? fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom('/', '//') })
    : fc.constant('');
  const path = fc.tuple(head, parts, tail).map(([before, names, after]) => before + names.join('/') + after);
  const odd = chroot
    ? fc.constantFrom('', '/', '..', '.', 'z'.repeat(4096))
    : fc.constantFrom('', '.', 'z'.repeat(4096));
  return fc.oneof({ weight: 20, arbitrary: path }, { weight: 1, arbitrary: odd });
}

function targetOf({ chroot }: ProgramShape): fc.Arbitrary<string> {
  const names = fc.constantFrom('a', 'b', 'c', 'd', '.', 'a/b', 'b/c', 'a/', 'd//a', 'n');
  if (!chroot)
    return fc.oneof({ weight: 20, arbitrary: names }, { weight: 1, arbitrary: fc.constantFrom('', 'q'.repeat(130)) });
  const outside = fc.constantFrom('/', '/a', '/b/', '..', '../a', '../../b', '/d/../a', '//c', '');
  return fc.oneof({ weight: 3, arbitrary: names }, { weight: 2, arbitrary: outside });
}

const openFlags = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          fc.constantFrom(O_RDONLY, O_WRONLY, O_RDWR),
          fc.subarray([O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW, O_DIRECTORY]),
        )
        .map(([access, others]) => others.reduce((flags, flag) => flags | flag, access)),
    },
    { weight: 2, arbitrary: fc.constantFrom(O_RDWR | O_CREAT, O_RDONLY, O_RDWR, O_RDONLY | O_DIRECTORY) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_PATH | O_CREAT | O_TRUNC),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(O_TMPFILE | O_RDWR, O_TMPFILE | O_WRONLY | O_EXCL, O_TMPFILE | O_RDONLY, O_ACCMODE),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(O_NOATIME, O_ACCMODE | O_CREAT, 0o20000000 | O_RDWR, O_RDWR | O_DIRECTORY),
    },
  )
  .map((flags) => flags | (O_NONBLOCK * ((flags & O_PATH) === 0 ? 1 : 0)));

const id = fc.constantFrom(-1, 0, 1, 2, 1000, 1001);
const nsec = fc.constantFrom(UTIME_NOW, UTIME_OMIT, 0, 5, 999_999_999, 1_000_000_000, -1);
const nofollow = fc.constantFrom(0, 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x8000);

const xattrName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('user.a', 'user.b', 'trusted.t', 'security.s') },
  { weight: 3, arbitrary: fc.constantFrom('system.posix_acl_access', 'system.posix_acl_default') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'user.',
      'user',
      'foo.x',
      'system.x',
      'security.capability',
      `user.${'l'.repeat(250)}`,
      `user.${'l'.repeat(251)}`,
    ),
  },
);

const capability = '0100000200200000000000000000000000000000';

const aclEntry = fc.record({
  tag: fc.constantFrom(1, 2, 4, 8, 16, 32, 3),
  permissions: fc.integer({ min: 0, max: 8 }),
  id: fc.constantFrom(0xffffffff, 0, 1, 1000),
});
/** Entries of every kind in the order of a valid ACL, of which some are left out. */
const orderedAcl = fc
  .tuple(
    fc.integer({ min: 0, max: 7 }),
    fc.integer({ min: 0, max: 7 }),
    fc.integer({ min: 0, max: 7 }),
    fc.boolean(),
    fc.boolean(),
    fc.integer({ min: 0, max: 7 }),
  )
  .map(([owner, group, other, named, masked, extra]) => [
    { tag: 1, permissions: owner, id: 0xffffffff },
    ...(named ? [{ tag: 2, permissions: extra, id: 1000 }] : []),
    { tag: 4, permissions: group, id: 0xffffffff },
    ...(named ? [{ tag: 8, permissions: extra ^ 5, id: 1 }] : []),
    ...(masked || named ? [{ tag: 16, permissions: (extra + 3) % 8, id: 0xffffffff }] : []),
    { tag: 32, permissions: other, id: 0xffffffff },
  ]);
const acl = fc
  .oneof({ weight: 4, arbitrary: orderedAcl }, { weight: 1, arbitrary: fc.array(aclEntry, { maxLength: 5 }) })
  .map((entries) => {
    const value = Buffer.alloc(4 + 8 * entries.length);
    value.writeUInt32LE(2, 0);
    for (const [index, { tag, permissions, id: who }] of entries.entries()) {
      value.writeUInt16LE(tag, 4 + 8 * index);
      value.writeUInt16LE(permissions, 6 + 8 * index);
      value.writeUInt32LE(who, 8 + 8 * index);
    }
    return value.toString('hex');
  });
const plainValue = fc.constantFrom(
  '',
  '00',
  'abcdef',
  'ff'.repeat(300),
  capability,
  capability.replace('02', '05'),
  '03000000',
);

function setxattr(path: fc.Arbitrary<string>): fc.Arbitrary<Op> {
  return xattrName.chain((name) =>
    fc.record({
      op: fc.constant('setxattr' as const),
      path,
      name: fc.constant(name),
      value: name.startsWith('system.posix')
        ? fc.oneof({ weight: 8, arbitrary: acl }, { weight: 1, arbitrary: plainValue })
        : plainValue,
      flags: nofollow,
      how: fc.constantFrom(0, 0, 1, 2, 3, 4),
    }),
  );
}

/** Programs of a shape. */
export function programs(shape: ProgramShape): fc.Arbitrary<Program> {
  return fc.array(operation(shape), { minLength: 1, maxLength: shape.maxLength, size: 'max' });
}

function operation(shape: ProgramShape): fc.Arbitrary<Op> {
  const path = pathOf(shape);
  const choices: { weight: number; arbitrary: fc.Arbitrary<Op> }[] = [
    ...onNames(path, targetOf(shape)),
    ...onDescriptors(path),
    ...onAttributes(path),
  ];
  if (shape.actors > 1) {
    const who = fc.integer({ min: 0, max: shape.actors - 1 });
    choices.push({ weight: 8, arbitrary: fc.record({ op: fc.constant('as' as const), who }) });
  }
  if (shape.actors === 1) {
    // Which credentials opened a descriptor is not kept by a thread that plays several processes in turn.
    const from = fc.constant('');
    const flags = fc.constant(AT_EMPTY_PATH);
    choices.push({
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('link' as const), from, to: path, flags, slot }),
    });
  }
  if (shape.chroot) {
    choices.push({ weight: 2, arbitrary: fc.record({ op: fc.constant('chdir' as const), path }) });
    choices.push({ weight: 1, arbitrary: fc.constant({ op: 'getcwd' as const }) });
  }
  return fc.oneof(...choices, ...(shape.mounts === undefined ? [] : onMounts(path)));
}

const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_MOVE = 8192;
const MS_REC = 16384;
const MS_UNBINDABLE = 1 << 17;
const MS_PRIVATE = 1 << 18;

const mountData = fc.constantFrom(
  'size=16k',
  'size=16k,nr_inodes=8',
  'nr_inodes=5,mode=700',
  'size=8k,uid=1000,gid=1',
  'size=4k,mode=1777',
  'nr_blocks=3,nr_inodes=4',
);
const badMountData = fc.constantFrom(
  'bogus',
  'size=',
  'size=x',
  'mode=9',
  'size',
  'huge=sometimes',
  'ro',
  '',
  ',,',
  '=x',
  'uid=-1',
  'nr_inodes=1k',
  'size=1%',
  'noswap=1',
);
const mountFlags = fc.subarray([1, 2, 4, 8, 1024, 2048]).map((flags) => flags.reduce((all, flag) => all | flag, 0));

function onMounts(path: fc.Arbitrary<string>): Choices {
  const op = fc.constant('mount' as const);
  const source = fc.constantFrom('s', '');
  const none = fc.constant('');
  const rebound = fc.constantFrom(MS_BIND, MS_BIND | MS_REC, MS_MOVE, MS_BIND | MS_REMOUNT, MS_PRIVATE, MS_UNBINDABLE);
  const type = fc.constantFrom('tmpfs', 'tmpfs', 'tmpfs', 'nosuchfs');
  const remounted = mountFlags.map((flags) => flags | MS_REMOUNT);
  return [
    {
      weight: 8,
      arbitrary: fc.record({
        op,
        source,
        path,
        type: fc.constant('tmpfs'),
        flags: fc.constantFrom(0, 0, 0, 1),
        data: mountData,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op, source, path, type, flags: mountFlags, data: fc.oneof(mountData, badMountData) }),
    },
    { weight: 4, arbitrary: fc.record({ op, source: path, path, type: none, flags: rebound, data: none }) },
    {
      weight: 4,
      arbitrary: fc.record({ op, source, path, type: none, flags: remounted, data: fc.oneof(none, mountData) }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ op: fc.constant('umount' as const), path, flags: fc.constantFrom(0, 0, 8, 1, 4, 16) }),
    },
    ...onContexts(path),
    // Never of the root, where the programs live.
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('umount' as const),
        path: fc.constantFrom('a', 'b', 'a/b'),
        flags: fc.constant(10),
      }),
    },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('statfs' as const), path }) },
  ];
}

type Choices = { weight: number; arbitrary: fc.Arbitrary<Op> }[];

function onContexts(path: fc.Arbitrary<string>): Choices {
  const setting = fc.constantFrom(
    ...[
      ['size', '16k'],
      ['nr_inodes', '4'],
      ['mode', '0700'],
      ['source', 'src'],
      ['bogus', 'x'],
      ['size', 'x'],
      ['k'.repeat(256), 'v'],
      ['size', '9'.repeat(256)],
    ].map(([key = '', value = '']) => ({ key, value })),
  );
  const op = fc.constant('fsconfig' as const);
  const key = fc.constantFrom('ro', 'size', 'sync', 'noswap', 'bogus', 'inode64');
  const aux = fc.constant(0);
  return [
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant('fsopen' as const),
        slot,
        type: fc.constantFrom('tmpfs', 'tmpfs', 'nosuchfs'),
        flags: fc.constantFrom(0, 1, 2),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('fspick' as const),
        slot,
        path,
        flags: fc.constantFrom(0, 1, 2, 8, 16),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('openTree' as const),
        slot,
        path,
        flags: fc.constantFrom(0, 1, 0x8001, 0x8000, 0x101, 0x1001),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.tuple(slot, setting).map(([at, { key: name, value }]) => ({
        op: 'fsconfig' as const,
        slot: at,
        command: 1,
        key: name,
        value,
        aux: 0,
      })),
    },
    { weight: 2, arbitrary: fc.record({ op, slot, command: fc.constant(0), key, aux }) },
    { weight: 8, arbitrary: fc.record({ op, slot, command: fc.constantFrom(6, 6, 6, 7), aux }) },
    {
      weight: 1,
      arbitrary: fc.record({
        op,
        slot,
        command: fc.constantFrom(0, 1, 6, 9, 77),
        key,
        aux: fc.constantFrom(0, 1, -1),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constant('fsmount' as const),
        slot,
        to: slot,
        flags: fc.constantFrom(0, 0, 0, 1, 2),
        attributes: fc.constantFrom(0, 0, 1, 2, 4, 8, 0x10, 0x20, 0x30, 0x80, 0x40),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constant('moveMount' as const),
        slot,
        from: fc.constantFrom('', '', '', 'a', '.'),
        to: path,
        flags: fc.constantFrom(4, 4, 4, 0, 1, 0x14, 0x400),
      }),
    },
  ];
}

function onNames(path: fc.Arbitrary<string>, target: fc.Arbitrary<string>): Choices {
  const type = fc.constantFrom(0, S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFDIR, 0o120000);
  const renameFlags = fc.constantFrom(0, 0, 0, 1, 2, 4, 5, 3, 6, 8);
  return [
    { weight: 8, arbitrary: fc.record({ op: fc.constant('mkdir' as const), path, mode }) },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('mknod' as const),
        path,
        mode: fc.tuple(type, mode).map(([t, m]) => t | m),
        dev: fc.constantFrom(0, 0x103, 0x505),
      }),
    },
    { weight: 6, arbitrary: fc.record({ op: fc.constant('symlink' as const), target, path }) },
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant('link' as const),
        from: path,
        to: path,
        flags: fc.constantFrom(0, 0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 0x100),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constant('unlink' as const),
        path,
        flags: fc.constantFrom(0, AT_REMOVEDIR, 0x400),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({ op: fc.constant('rename' as const), from: path, to: path, flags: renameFlags }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('readlink' as const, 'list' as const), path }) },
    { weight: 8, arbitrary: fc.record({ op: fc.constant('stat' as const), path, mode, flags: nofollow }) },
  ];
}

function onDescriptors(path: fc.Arbitrary<string>): Choices {
  const resolve = fc.constantFrom(1, 4, 8, 16, 2, 24, 20, 64);
  return [
    { weight: 12, arbitrary: fc.record({ op: fc.constant('open' as const), slot, path, flags: openFlags, mode }) },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('open' as const),
        slot,
        path,
        flags: openFlags,
        mode: fc.constant(0),
        resolve,
        at: slot,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant('open' as const), slot, path, flags: openFlags, mode, at: slot }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom(
          'close' as const,
          'fsync' as const,
          'flistxattr' as const,
          'rewind' as const,
          'fstatfs' as const,
        ),
        slot,
      }),
    },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('fstat' as const), slot }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('dup' as const), slot, to: slot }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('read' as const), slot, length }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('pread' as const), slot, length, offset }) },
    { weight: 6, arbitrary: fc.record({ op: fc.constant('write' as const), slot, length }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('pwrite' as const), slot, length, offset }) },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant('lseek' as const),
        slot,
        offset,
        whence: fc.integer({ min: -1, max: 6 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant('getdents' as const),
        slot,
        size: fc.constantFrom(20, 24, 60, 100, 4096),
      }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('ftruncate' as const), slot, length: offset }) },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('fallocate' as const),
        slot,
        mode: fc.constantFrom(0, 1, 3, 2, 16, 8, 0x80),
        offset: fc.constantFrom(0, 100, 4096, 6000, -1),
        length: fc.constantFrom(0, 1, 4096, 9000, -5),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant('copy' as const), slot, target: slot, from: offset, to: offset, length }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('clone' as const), slot, from: slot }) },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant('flock' as const), slot, operation: fc.constantFrom(5, 6, 8, 12, 3, 4) }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('fchmod' as const), slot, mode }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('fchown' as const), slot, uid: id, gid: id }) },
  ];
}

function onAttributes(path: fc.Arbitrary<string>): Choices {
  const accessFlags = fc.constantFrom(0, AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH);
  return [
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('access' as const),
        path,
        mode: fc.integer({ min: 0, max: 8 }),
        flags: accessFlags,
      }),
    },
    { weight: 6, arbitrary: fc.record({ op: fc.constant('chmod' as const), path, mode, flags: nofollow }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('chown' as const), path, uid: id, gid: id, flags: nofollow }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('truncate' as const), path, length: offset }) },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('utimes' as const), path, atime: nsec, mtime: nsec, flags: nofollow }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('getxattr' as const, 'removexattr' as const),
        path,
        name: xattrName,
        flags: nofollow,
      }),
    },
    { weight: 6, arbitrary: setxattr(path) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('listxattr' as const), path, flags: nofollow }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('umask' as const), mask: fc.constantFrom(0, 0o022, 0o077, 0o7777) }),
    },
  ];
}
