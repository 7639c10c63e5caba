import fc from 'fast-check';
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
} from '../../../../../src/host/constants.ts';
import { mode, nofollow, type Choices } from './values.ts';

export function onNames(path: fc.Arbitrary<string>, target: fc.Arbitrary<string>): Choices {
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
