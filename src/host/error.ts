import { errno, errorCode, errorText, type ErrorCode } from './errno.ts';
import { textFromPath } from './path.ts';

/**
 * A system call that failed, in the shape Node programmers know: `code`, `errno` (negative, as Node has it), `syscall`,
 * `path` and, for calls with two names, `dest`. The paths are byte strings; the message shows them as text.
 */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly code: ErrorCode | `E${number}`;
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;
  readonly dest: string | undefined;

  constructor(number: number, syscall: string, path?: string, dest?: string) {
    const positive = Math.abs(number);
    const known = errorCode(positive);
    const where = path === undefined ? '' : ` '${textFromPath(path)}'`;
    const to = dest === undefined ? '' : ` -> '${textFromPath(dest)}'`;
    super(`${known ?? `E${positive}`}: ${known ? errorText(known) : 'unknown error'}, ${syscall}${where}${to}`);
    this.code = known ?? `E${positive}`;
    this.errno = -positive;
    this.syscall = syscall;
    this.path = path;
    this.dest = dest;
  }
}

/** Whether `error` is a failed system call with one of these codes. */
export function isSystemError(error: unknown, ...codes: readonly ErrorCode[]): error is SystemError {
  return error instanceof SystemError && (codes.length === 0 || codes.some((code) => error.errno === -errno[code]));
}
