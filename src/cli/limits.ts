import { defaultLimits, type ArchiveLimits } from '../core/archive/limits.ts';
import { UsageError } from './usage-error.ts';

/** The limits that `--limit NAME=NUMBER` sets. @throws UsageError */
export function readLimits(texts: readonly string[]): Partial<ArchiveLimits> {
  return Object.fromEntries(texts.map(readLimit));
}

function readLimit(text: string): readonly [string, number] {
  const [name = '', value = '', ...more] = text.split('=');
  if (!Object.hasOwn(defaultLimits, name)) {
    throw new UsageError(`--limit ${text}: there are ${Object.keys(defaultLimits).join(', ')}`);
  }
  if (more.length > 0 || !/^[0-9]{1,15}$/.test(value)) throw new UsageError(`--limit ${text}: it is ${name}=NUMBER`);
  return [name, Number(value)];
}
