import { UTIME_NOW, UTIME_OMIT } from './constants.ts';
import type { TimeChange } from './host.ts';

/** The four numbers that utimensat(2) takes. */
export function timeArguments(atime: TimeChange, mtime: TimeChange): [number, number, number, number] {
  return [seconds(atime), nanoseconds(atime), seconds(mtime), nanoseconds(mtime)];
}

function seconds(change: TimeChange): number {
  return typeof change === 'string' ? 0 : change.sec;
}

function nanoseconds(change: TimeChange): number {
  if (typeof change !== 'string') return change.nsec;
  return change === 'now' ? UTIME_NOW : UTIME_OMIT;
}
