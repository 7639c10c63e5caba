import fc from 'fast-check';
import { AT_EACCESS, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } from '../../../../../src/host/constants.ts';
import type { Op } from '../program.ts';
import { mode, offset, id, nsec, nofollow, type Choices } from './values.ts';

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

export function onAttributes(path: fc.Arbitrary<string>): Choices {
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
