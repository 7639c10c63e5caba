import type { IFs } from 'memfs';
import { check } from '../../src/host/check.ts';
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from '../../src/host/constants.ts';
import { statBuffer } from '../../src/host/stat.ts';
import type { Syscalls } from '../../src/host/syscalls.ts';
import { content, copies, lowerFile, place, upperFile } from './tree.ts';

/** A call, or some that end where they began, so that it can be repeated. */
export interface CallCase {
  readonly name: string;
  /** Through the system calls of a kernel, simulated or real. */
  readonly overlay: (calls: Syscalls) => () => void;
  /** Through memfs' own interface, where that has it. */
  readonly memfs?: (fs: IFs) => () => void;
}

const lower = place + lowerFile;
const upper = place + upperFile;
const fresh = `${place}/one/two/three/fresh`;
const other = `${place}/one/two/three/other`;
const missing = `${place}/one/two/three/missing`;
const hundred = `${place}/hundred`;
const direntBytes = 32_768;

function statOf(name: string, path: string): CallCase {
  return {
    name,
    overlay: (calls: Syscalls) => {
      const out = statBuffer();
      return () => {
        check(calls.fstatat(AT_FDCWD, path, out, 0), 'fstatat', path);
      };
    },
    memfs: (fs) => () => {
      fs.statSync(path);
    },
  };
}

function openOf(calls: Syscalls, path: string, flags: number): number {
  return check(calls.openat(AT_FDCWD, path, flags, 0o644), 'openat', path);
}

/** Calls that read. */
export const readingCases: readonly CallCase[] = [
  statOf('stat, lower file', lower),
  statOf('stat, upper file', upper),
  {
    name: 'stat, no such file',
    overlay: (calls: Syscalls) => {
      const out = statBuffer();
      return () => {
        calls.fstatat(AT_FDCWD, missing, out, 0);
      };
    },
    memfs: (fs) => () => {
      fs.statSync(missing, { throwIfNoEntry: false });
    },
  },
  {
    name: 'open, close',
    overlay: (calls) => () => {
      check(calls.close(openOf(calls, lower, O_RDONLY)), 'close');
    },
    memfs: (fs) => () => {
      fs.closeSync(fs.openSync(lower, 'r'));
    },
  },
  {
    name: 'pread, 4 KiB',
    overlay: (calls: Syscalls) => {
      const fd = openOf(calls, lower, O_RDONLY);
      const buffer = new Uint8Array(content.length);
      return () => {
        check(calls.pread(fd, buffer, 0), 'pread');
      };
    },
    memfs: (fs: IFs) => {
      const fd = fs.openSync(lower, 'r');
      const buffer = new Uint8Array(content.length);
      return () => {
        fs.readSync(fd, buffer, 0, buffer.length, 0);
      };
    },
  },
  {
    name: 'list 100 entries',
    overlay: (calls) => () => {
      const fd = openOf(calls, hundred, O_RDONLY | O_DIRECTORY);
      while (mustBeList(calls.getdents64(fd, direntBytes)).length > 0);
      calls.close(fd);
    },
    memfs: (fs) => () => {
      fs.readdirSync(hundred, { withFileTypes: true });
    },
  },
  {
    name: 'getxattr, absent',
    overlay: (calls) => () => {
      calls.getxattrat(AT_FDCWD, lower, 0, 'user.absent');
    },
  },
];

function mustBeList<T>(answer: readonly T[] | number): readonly T[] {
  if (typeof answer === 'number') check(answer, 'getdents64', hundred);
  return typeof answer === 'number' ? [] : answer;
}

/** Calls that change something, in the upper layer. */
export const writingCases: readonly CallCase[] = [
  {
    name: 'pwrite, 4 KiB',
    overlay: (calls: Syscalls) => {
      const fd = openOf(calls, upper, O_RDWR);
      return () => {
        check(calls.pwrite(fd, content, 0), 'pwrite');
      };
    },
    memfs: (fs: IFs) => {
      const fd = fs.openSync(upper, 'r+');
      return () => {
        fs.writeSync(fd, content, 0, content.length, 0);
      };
    },
  },
  {
    name: 'chmod',
    overlay: (calls) => () => {
      check(calls.fchmodat(AT_FDCWD, upper, 0o640, 0), 'fchmodat', upper);
    },
    memfs: (fs) => () => {
      fs.chmodSync(upper, 0o640);
    },
  },
  {
    name: 'utimes',
    overlay: (calls) => () => {
      check(calls.utimensat(AT_FDCWD, upper, 1, 2, 3, 4, 0), 'utimensat', upper);
    },
    memfs: (fs) => () => {
      fs.utimesSync(upper, 1, 3);
    },
  },
  {
    name: 'create, unlink',
    overlay: (calls) => () => {
      check(calls.close(openOf(calls, fresh, O_CREAT | O_EXCL | O_WRONLY)), 'close');
      check(calls.unlinkat(AT_FDCWD, fresh, 0), 'unlinkat', fresh);
    },
    memfs: (fs) => () => {
      fs.closeSync(fs.openSync(fresh, 'wx'));
      fs.unlinkSync(fresh);
    },
  },
  {
    name: 'mkdir, rmdir',
    overlay: (calls) => () => {
      check(calls.mkdirat(AT_FDCWD, fresh, 0o755), 'mkdirat', fresh);
      check(calls.unlinkat(AT_FDCWD, fresh, AT_REMOVEDIR), 'unlinkat', fresh);
    },
    memfs: (fs) => () => {
      fs.mkdirSync(fresh);
      fs.rmdirSync(fresh);
    },
  },
  {
    name: 'symlink, readlink, unlink',
    overlay: (calls) => () => {
      check(calls.symlinkat('target', AT_FDCWD, fresh), 'symlinkat', fresh);
      calls.readlinkat(AT_FDCWD, fresh);
      check(calls.unlinkat(AT_FDCWD, fresh, 0), 'unlinkat', fresh);
    },
    memfs: (fs) => () => {
      fs.symlinkSync('target', fresh);
      fs.readlinkSync(fresh);
      fs.unlinkSync(fresh);
    },
  },
  {
    name: 'link, unlink',
    overlay: (calls) => () => {
      check(calls.linkat(AT_FDCWD, upper, AT_FDCWD, other, 0), 'linkat', other);
      check(calls.unlinkat(AT_FDCWD, other, 0), 'unlinkat', other);
    },
    memfs: (fs) => () => {
      fs.linkSync(upper, other);
      fs.unlinkSync(other);
    },
  },
  {
    name: 'rename and back',
    overlay: (calls) => () => {
      check(calls.renameat2(AT_FDCWD, upper, AT_FDCWD, other, 0), 'renameat2', other);
      check(calls.renameat2(AT_FDCWD, other, AT_FDCWD, upper, 0), 'renameat2', upper);
    },
    memfs: (fs) => () => {
      fs.renameSync(upper, other);
      fs.renameSync(other, upper);
    },
  },
];

/** The first opening of a lower file for writing: to be repeated `copies` times, then the overlay has to be a new one. */
export function copyUp(calls: Syscalls): () => void {
  let number = 0;
  return () => {
    check(calls.close(openOf(calls, `${place}/copy${number}`, O_WRONLY)), 'close');
    number = (number + 1) % copies;
  };
}
