import fc from 'fast-check';
import { slot, type Choices } from './values.ts';

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
  'size=16k,noswap',
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
const mountFlags = fc
  .subarray([1, 2, 4, 8, 256, 1024, 2048])
  .map((flags) => flags.reduce((all, flag) => all | flag, 0));

export function onMounts(path: fc.Arbitrary<string>): Choices {
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

function onContexts(path: fc.Arbitrary<string>): Choices {
  const setting = fc.constantFrom(
    ...[
      ['size', '16k'],
      ['nr_inodes', '4'],
      ['mode', '0700'],
      ['source', 'src'],
      ['bogus', 'x'],
      ['gid', '4294967295'],
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
        attributes: fc.constantFrom(0, 0, 1, 2, 4, 8, 0x10, 0x20, 0x30, 0x80, 0x40, 0x200000),
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
