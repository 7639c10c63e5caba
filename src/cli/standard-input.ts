import type { ByteStream } from '../core/driver.ts';
import { stoppable } from './stoppable.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** The bytes of the standard input, until the signal stops them. @throws UsageError where somebody would have to type it */
export function standardInput({ stdin, stdinIsTerminal }: World, signal: AbortSignal): ByteStream {
  if (stdinIsTerminal) throw new UsageError('the input is not read from a terminal; name a file, or use a pipe');
  return stoppable(stdin, signal);
}
