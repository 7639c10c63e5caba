import { check } from '../host/check.ts';
import type { Syscalls } from '../host/syscalls.ts';

/** Sets the effective ids of a process whose real uid is 0. The uid goes last, for it takes the right to set the gid. */
export function assumeIds(calls: Syscalls, uid: number, gid: number): void {
  check(calls.setresuid(-1, 0, -1), 'setresuid');
  check(calls.setresgid(-1, gid, -1), 'setresgid');
  check(calls.setresuid(-1, uid, -1), 'setresuid');
}
