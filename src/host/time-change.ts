import { UTIME_NOW, UTIME_OMIT } from './constants.ts';
import type { TimeChange } from './host.ts';
import type { Syscalls } from './syscalls.ts';

/** utimensat(2) with the times as a Host has them; a path of `undefined` is futimens(3) on `dirfd`. */
export function utimens(
  calls: Syscalls,
  dirfd: number,
  path: string | undefined,
  atime: TimeChange,
  mtime: TimeChange,
  flags: number,
): number {
  // Written out, since to spread a list of them takes as long as the call.
  return calls.utimensat(dirfd, path, seconds(atime), nanoseconds(atime), seconds(mtime), nanoseconds(mtime), flags);
}

function seconds(change: TimeChange): number {
  return typeof change === 'string' ? 0 : change.sec;
}

function nanoseconds(change: TimeChange): number {
  if (typeof change !== 'string') return change.nsec;
  return change === 'now' ? UTIME_NOW : UTIME_OMIT;
}
