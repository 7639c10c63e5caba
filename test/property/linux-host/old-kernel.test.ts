import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  R_OK,
  W_OK,
} from '../../../src/host/constants.ts';
import { errno } from '../../../src/host/errno.ts';
import { linuxSyscalls } from '../../../src/host/linux/syscalls.ts';
import type { Syscalls } from '../../../src/host/syscalls.ts';
import { realBinding, scratchDirectory, whyNoHost } from './real-host.ts';

const lacking = (): number => -errno.ENOSYS;

/** This kernel without the calls that came after Linux 5.6. */
function oldKernel(): Syscalls {
  return linuxSyscalls({
    ...realBinding(),
    faccessat2: lacking,
    fchmodat2: lacking,
    getxattrat: lacking,
    setxattrat: lacking,
    listxattrat: lacking,
    removexattrat: lacking,
  });
}

/** Files for both kernels, and descriptors to reach them by. */
interface Fixture {
  readonly dir: number;
  readonly file: number;
  readonly pathOnly: number;
  readonly linkItself: number;
}

const value = Buffer.from('value\0\xff', 'latin1');

/** Each is run on both kernels, in this order; the answers must be the same. */
const cases: readonly (readonly [string, (calls: Syscalls, fixture: Fixture) => unknown])[] = [
  ['set below a directory', (calls, { dir }) => calls.setxattrat(dir, 'file', 0, 'user.a', value, 0)],
  ['set through a link', (calls, { dir }) => calls.setxattrat(dir, 'link', 0, 'user.b', value, 0)],
  ['set on a link itself', (calls, { dir }) => calls.setxattrat(dir, 'link', AT_SYMLINK_NOFOLLOW, 'user.c', value, 0)],
  ['set on a descriptor', (calls, { file }) => calls.setxattrat(file, '', AT_EMPTY_PATH, 'user.d', value, 0)],
  ['set by O_PATH', (calls, { pathOnly }) => calls.setxattrat(pathOnly, '', AT_EMPTY_PATH, 'user.e', value, 0)],
  ['set with XATTR_REPLACE', (calls, { dir }) => calls.setxattrat(dir, 'file', 0, 'user.none', value, 2)],
  ['get below a directory', (calls, { dir }) => calls.getxattrat(dir, 'file', AT_SYMLINK_NOFOLLOW, 'user.a')],
  ['get through a link', (calls, { dir }) => calls.getxattrat(dir, 'link', 0, 'user.b')],
  ['get what is not there', (calls, { dir }) => calls.getxattrat(dir, 'file', 0, 'user.none')],
  ['get of nothing', (calls, { dir }) => calls.getxattrat(dir, 'nothing', 0, 'user.a')],
  ['get with no path', (calls, { dir }) => calls.getxattrat(dir, '', 0, 'user.a')],
  ['get through no directory', (calls, { dir }) => calls.getxattrat(dir, 'file/x', 0, 'user.a')],
  ['get of a closed descriptor', (calls) => calls.getxattrat(99_999, '', AT_EMPTY_PATH, 'user.a')],
  ['get below a closed descriptor', (calls) => calls.getxattrat(99_999, 'file', 0, 'user.a')],
  ['get below a file', (calls, { file }) => calls.getxattrat(file, 'x', 0, 'user.a')],
  ['get of a link itself', (calls, { linkItself }) => calls.getxattrat(linkItself, '', AT_EMPTY_PATH, 'user.a')],
  ['get of the working directory', (calls) => calls.getxattrat(AT_FDCWD, '', AT_EMPTY_PATH, 'user.none')],
  ['get with unknown flags', (calls, { dir }) => calls.getxattrat(dir, 'file', 1, 'user.a')],
  ['list below a directory', (calls, { dir }) => sorted(calls.listxattrat(dir, 'file', 0))],
  ['list by O_PATH', (calls, { pathOnly }) => sorted(calls.listxattrat(pathOnly, '', AT_EMPTY_PATH))],
  ['list none', (calls, { dir }) => calls.listxattrat(dir, 'link', AT_SYMLINK_NOFOLLOW)],
  ['remove below a directory', (calls, { dir }) => calls.removexattrat(dir, 'file', 0, 'user.a')],
  ['remove it again', (calls, { dir }) => calls.removexattrat(dir, 'file', 0, 'user.a')],
  ['remove by O_PATH', (calls, { pathOnly }) => calls.removexattrat(pathOnly, '', AT_EMPTY_PATH, 'user.b')],
  ['chmod', (calls, { dir }) => calls.fchmodat(dir, 'file', 0o640, 0)],
  ['chmod, following nothing', (calls, { dir }) => calls.fchmodat(dir, 'file', 0o641, AT_SYMLINK_NOFOLLOW)],
  ['chmod of a link itself', (calls, { dir }) => calls.fchmodat(dir, 'link', 0o641, AT_SYMLINK_NOFOLLOW)],
  ['chmod by O_PATH', (calls, { pathOnly }) => calls.fchmodat(pathOnly, '', 0o642, AT_EMPTY_PATH)],
  ['chmod of a link by O_PATH', (calls, { linkItself }) => calls.fchmodat(linkItself, '', 0o642, AT_EMPTY_PATH)],
  ['chmod of nothing', (calls, { dir }) => calls.fchmodat(dir, 'nothing', 0o642, AT_SYMLINK_NOFOLLOW)],
  ['chmod with unknown flags', (calls, { dir }) => calls.fchmodat(dir, 'file', 0o642, 1)],
  ['the mode then', (calls, { dir }) => modeOf(calls, dir)],
  ['access', (calls, { dir }) => calls.faccessat2(dir, 'file', R_OK, 0)],
  ['access with the effective ids', (calls, { dir }) => calls.faccessat2(dir, 'link', W_OK, AT_EACCESS)],
  ['access to nothing', (calls, { dir }) => calls.faccessat2(dir, 'nothing', R_OK, AT_EACCESS)],
];

function sorted(names: readonly string[] | number): unknown {
  return typeof names === 'number' ? names : names.toSorted();
}

function modeOf(calls: Syscalls, dir: number): number {
  const bytes = new ArrayBuffer(128);
  const out = { numbers: new Float64Array(bytes), words: new BigUint64Array(bytes) };
  calls.fstatat(dir, 'file', out, 0);
  return out.numbers[3] ?? 0;
}

describe.skipIf(whyNoHost !== undefined)('a kernel that lacks the newer calls', () => {
  const scratch = scratchDirectory();

  function answers(calls: Syscalls, name: string): readonly (readonly [string, unknown])[] {
    const dir = `${scratch.path()}/${name}`;
    calls.mkdirat(AT_FDCWD, dir, 0o755);
    writeFileSync(`${dir}/file`, '');
    symlinkSync('file', `${dir}/link`);
    const fixture = {
      dir: calls.openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0),
      file: calls.openat(AT_FDCWD, `${dir}/file`, O_RDONLY | O_CLOEXEC, 0),
      pathOnly: calls.openat(AT_FDCWD, `${dir}/file`, O_PATH | O_CLOEXEC, 0),
      linkItself: calls.openat(AT_FDCWD, `${dir}/link`, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0),
    };
    const results = cases.map(([label, run]) => [label, run(calls, fixture)] as const);
    for (const fd of Object.values(fixture)) calls.close(fd);
    return results;
  }

  it('gets the same answers by another way', () => {
    expect(answers(oldKernel(), 'old')).toEqual(answers(linuxSyscalls(realBinding()), 'new'));
  });

  it('reaches attributes by O_PATH, which no kernel allows to its own calls', () => {
    const byLabel = Object.fromEntries(answers(linuxSyscalls(realBinding()), 'by-path')) as Record<string, unknown>;
    expect(byLabel).toMatchObject({
      'set by O_PATH': 0,
      'list by O_PATH': ['user.a', 'user.b', 'user.d', 'user.e'],
      'remove by O_PATH': 0,
      'get of a link itself': -errno.ENODATA,
      'get of a closed descriptor': -errno.EBADF,
      'chmod by O_PATH': 0,
      'chmod of a link by O_PATH': -errno.EOPNOTSUPP,
    });
  });
});
