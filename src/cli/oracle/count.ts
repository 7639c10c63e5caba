import type { Arguments } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';

/** The value of an option that is a whole number. @throws UsageError */
export function countOption(args: Arguments, option: string, { min, usual }: { min: number; usual: number }): number {
  const text = args.text(option);
  if (text === undefined) return usual;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min) {
    throw new UsageError(`--${option} ${text}: it must be a whole number, ${min} or more`);
  }
  return value;
}
