import { SystemError } from './error.ts';

/** The answer of a system call, or its errno as a thrown SystemError. */
export function check(answer: number, syscall: string, path?: string, dest?: string): number {
  if (answer < 0) throw new SystemError(answer, syscall, path, dest);
  return answer;
}
