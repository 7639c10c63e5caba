import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  FSCONFIG_SET_STRING,
  MS_BIND,
  MS_MANDLOCK,
  MS_MOVE,
  MS_NOSYMFOLLOW,
  MS_REMOUNT,
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDWR,
  O_TMPFILE,
  RESOLVE_NO_XDEV,
  ST_MANDLOCK,
  ST_RELATIME,
  ST_VALID,
  S_IFIFO,
} from '../../../../src/host/constants.ts';
import type { Program } from './program.ts';
import type { Result } from './run-program.ts';

/** A program on which the simulator once differed from Linux, shrunk, with what Linux 6.18 answers to its last call. */
export interface Regression {
  readonly name: string;
  readonly program: Program;
  readonly last: Result;
}

const fifo = { op: 'mknod', path: 'p', mode: S_IFIFO | 0o644, dev: 0 } as const;
const file = { op: 'open', slot: 0, path: 'a', flags: O_RDWR | O_CREAT, mode: 0o644 } as const;

export const regressions: readonly Regression[] = [
  {
    name: 'the names of attributes come greatest first',
    program: [
      file,
      { op: 'setxattr', path: 'a', name: 'user.b', value: '00', flags: 0, how: 0 },
      { op: 'setxattr', path: 'a', name: 'user.c', value: '00', flags: 0, how: 0 },
      { op: 'setxattr', path: 'a', name: 'user.a', value: '00', flags: 0, how: 0 },
      { op: 'listxattr', path: 'a', flags: 0 },
    ],
    last: ['user.c', 'user.b', 'user.a'],
  },
  {
    name: 'capabilities of the first root are shown without a root',
    program: [
      file,
      { op: 'setxattr', path: 'a', name: 'security.capability', value: `01000003${'00'.repeat(20)}`, flags: 0, how: 0 },
      { op: 'getxattr', path: 'a', name: 'security.capability', flags: 0 },
    ],
    last: `01000002${'00'.repeat(16)}`,
  },
  {
    name: 'capabilities of another root are shown with it',
    program: [
      file,
      {
        op: 'setxattr',
        path: 'a',
        name: 'security.capability',
        value: `01000003${'00'.repeat(16)}e8030000`,
        flags: 0,
        how: 0,
      },
      { op: 'getxattr', path: 'a', name: 'security.capability', flags: 0 },
    ],
    last: `01000003${'00'.repeat(16)}e8030000`,
  },
  {
    name: 'capabilities have no other flags',
    program: [
      file,
      { op: 'setxattr', path: 'a', name: 'security.capability', value: `ff000002${'00'.repeat(16)}`, flags: 0, how: 0 },
    ],
    last: 'EINVAL',
  },
  {
    name: 'capabilities of a root that is no user',
    program: [
      file,
      {
        op: 'setxattr',
        path: 'a',
        name: 'security.capability',
        value: `01000003${'00'.repeat(16)}ffffffff`,
        flags: 0,
        how: 0,
      },
    ],
    last: 'EINVAL',
  },
  {
    name: 'listxattrat does not take the empty path for the working directory',
    program: [{ op: 'listxattr', path: '', flags: AT_EMPTY_PATH }],
    last: 'EBADF',
  },
  {
    name: 'removexattrat does not take the empty path for the working directory',
    program: [{ op: 'removexattr', path: '', name: 'user.a', flags: AT_EMPTY_PATH }],
    last: 'EBADF',
  },
  {
    name: 'getxattrat takes the empty path for the working directory',
    program: [{ op: 'getxattr', path: '', name: 'user.a', flags: AT_EMPTY_PATH }],
    last: 'ENODATA',
  },
  {
    name: 'an overlay copies between two filesystems only what its layers would copy',
    program: [
      { op: 'mkdir', path: 'top', mode: 0o777 },
      { op: 'mount', source: 't', path: 'top', type: 'tmpfs', flags: 0, data: '' },
      ...['top/u', 'top/w', 'low', 'm'].map((path) => ({ op: 'mkdir', path, mode: 0o777 }) as const),
      { op: 'open', slot: 0, path: 'low/a', flags: O_RDWR | O_CREAT, mode: 0o644 },
      { op: 'write', slot: 0, length: 10 },
      { op: 'close', slot: 0 },
      {
        op: 'mount',
        source: 'o',
        path: 'm',
        type: 'overlay',
        flags: 0,
        data: 'lowerdir=low,upperdir=top/u,workdir=top/w',
      },
      { op: 'open', slot: 0, path: 'm/a', flags: 0, mode: 0 },
      { op: 'open', slot: 1, path: 'm/b', flags: O_RDWR | O_CREAT, mode: 0o644 },
      { op: 'copy', slot: 0, target: 1, from: 0, to: 0, length: 10 },
    ],
    last: 'EXDEV',
  },
  {
    name: 'a known mode of fallocate is refused by the descriptor, not by itself',
    program: [
      { op: 'open', slot: 0, path: 'a', flags: O_CREAT, mode: 0o644 },
      { op: 'fallocate', slot: 0, mode: 0x80, offset: 0, length: 1 },
    ],
    last: 'EBADF',
  },
  {
    name: 'a fifo cannot be opened for neither reading nor writing',
    program: [fifo, { op: 'open', slot: 0, path: 'p', flags: O_ACCMODE | O_NONBLOCK, mode: 0 }],
    last: 'EINVAL',
  },
  {
    name: 'a range that wraps around is an overflow',
    program: [
      { op: 'open', slot: 0, path: '.', flags: O_TMPFILE | O_RDWR, mode: 0 },
      { op: 'copy', slot: 0, target: 0, from: -1, to: 0, length: 8192 },
    ],
    last: 'EOVERFLOW',
  },
  {
    name: 'RESOLVE_NO_XDEV knows no root before the path has led there',
    program: [
      { op: 'open', slot: 1, path: '.', flags: O_DIRECTORY, mode: 0 },
      { op: 'symlink', target: '/', path: 'b' },
      { op: 'open', slot: 0, path: 'b/a', flags: 0, mode: 0, resolve: RESOLVE_NO_XDEV, at: 1 },
    ],
    last: 'EXDEV',
  },
  {
    name: 'an appending pwrite goes to the end',
    program: [
      { op: 'open', slot: 0, path: 'a', flags: O_RDWR | O_CREAT | O_APPEND, mode: 0o644 },
      { op: 'write', slot: 0, length: 3 },
      { op: 'pwrite', slot: 0, length: 2, offset: 0 },
      { op: 'pread', slot: 0, length: 10, offset: 0 },
    ],
    last: 'ABCAB',
  },
  {
    name: 'copy-up goes on behind a hole where the upper filesystem fills up in it',
    program: [
      { op: 'mkdir', path: 'l', mode: 0o755 },
      { op: 'mkdir', path: 'f', mode: 0o755 },
      { op: 'mkdir', path: 'm', mode: 0o755 },
      { op: 'mount', source: 's', path: 'f', type: 'tmpfs', flags: 0, data: 'size=12k' },
      { op: 'mkdir', path: 'f/u', mode: 0o755 },
      { op: 'mkdir', path: 'f/w', mode: 0o755 },
      { op: 'open', slot: 0, path: 'l/a', flags: O_RDWR | O_CREAT, mode: 0o644 },
      { op: 'write', slot: 0, length: 5000 },
      { op: 'ftruncate', slot: 0, length: 20_000 },
      { op: 'mount', source: 'o', path: 'm', type: 'overlay', flags: 0, data: 'lowerdir=l,upperdir=f/u,workdir=f/w' },
      { op: 'chmod', path: 'm/a', mode: 0o600, flags: 0 },
    ],
    last: 0,
  },
  {
    name: 'a mount with nosymfollow reads its symlinks and follows none',
    program: [
      { op: 'mkdir', path: 'a', mode: 0o755 },
      { op: 'mount', source: 's', path: 'a', type: 'tmpfs', flags: MS_NOSYMFOLLOW, data: '' },
      { op: 'open', slot: 0, path: 'a/b', flags: O_RDWR | O_CREAT, mode: 0o644 },
      { op: 'symlink', target: 'b', path: 'a/c' },
      { op: 'readlink', path: 'a/c' },
      { op: 'stat', path: 'a/c', mode: 0, flags: 0 },
    ],
    last: 'ELOOP',
  },
  {
    name: 'a second source is refused without the name of the filesystem',
    program: [
      { op: 'fsopen', slot: 0, type: 'tmpfs', flags: 0 },
      { op: 'fsconfig', slot: 0, command: FSCONFIG_SET_STRING, key: 'source', value: 'a', aux: 0 },
      { op: 'fsconfig', slot: 0, command: FSCONFIG_SET_STRING, key: 'source', value: 'b', aux: 0 },
    ],
    last: ['EINVAL', 'e Multiple sources'],
  },
  {
    name: 'an id that is none is invalid, not a bad value',
    program: [
      { op: 'fsopen', slot: 0, type: 'tmpfs', flags: 0 },
      { op: 'fsconfig', slot: 0, command: FSCONFIG_SET_STRING, key: 'gid', value: '4294967295', aux: 0 },
    ],
    last: ['EINVAL', "e tmpfs: Invalid gid '4294967295'"],
  },
  {
    name: 'a tmpfs can be mounted without swap, not remounted so',
    program: [
      ...['a', 'b'].map((path) => ({ op: 'mkdir', path, mode: 0o755 }) as const),
      { op: 'mount', source: 's', path: 'a', type: 'tmpfs', flags: 0, data: 'noswap' },
      { op: 'mount', source: 's', path: 'a', type: '', flags: MS_REMOUNT, data: 'size=8k' },
      { op: 'mount', source: 's', path: 'a', type: '', flags: MS_REMOUNT, data: 'noswap' },
      { op: 'mount', source: 's', path: 'b', type: 'tmpfs', flags: 0, data: '' },
      { op: 'mount', source: 's', path: 'b', type: '', flags: MS_REMOUNT, data: 'noswap' },
    ],
    last: 'EINVAL',
  },
  {
    name: 'statfs tells of mandatory locks that were asked for',
    program: [
      { op: 'mkdir', path: 'a', mode: 0o755 },
      { op: 'mount', source: 's', path: 'a', type: 'tmpfs', flags: MS_MANDLOCK, data: 'size=4k,nr_inodes=2' },
      { op: 'statfs', path: 'a' },
    ],
    last: [0x01021994, 4096, 255, 4096, ST_VALID | ST_RELATIME | ST_MANDLOCK, 1, 1, 1, 2, 1],
  },
  ...(
    [
      ['bound', MS_BIND],
      ['moved', MS_MOVE],
    ] as const
  ).map(([what, flags]): Regression => {
    const mount = { op: 'mount', type: '', data: '' } as const;
    return {
      name: `a directory that was removed is not ${what} elsewhere`,
      program: [
        ...['a', 'a/b', 'c', 'd'].map((path) => ({ op: 'mkdir', path, mode: 0o755 }) as const),
        { ...mount, source: 'a/b', path: 'c', flags: MS_BIND },
        { op: 'unlink', path: 'a/b', flags: AT_REMOVEDIR },
        { ...mount, source: 'c', path: 'd', flags },
      ],
      last: 'ENOENT',
    };
  }),
];
