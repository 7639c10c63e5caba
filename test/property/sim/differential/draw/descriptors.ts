import fc from 'fast-check';
import {
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
} from '../../../../../src/host/constants.ts';
import { slot, mode, length, offset, id, type Choices } from './values.ts';

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

export function onDescriptors(path: fc.Arbitrary<string>): Choices {
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
