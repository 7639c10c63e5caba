import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { ByteStream } from '../../core/driver.ts';
import { layerArgument, parentArgument } from '../layer-argument.ts';
import { UsageError } from '../usage-error.ts';
import { writeFileWhole } from '../write-file.ts';

/** `graphdriver diff ID` */
export async function diff(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const output = args.text('output') ?? '-';
  if (output === '-' && context.stdout.isTerminal) {
    throw new UsageError('an archive is not written to a terminal; use a pipe or -o FILE');
  }
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const archive = await driver.diff(id, await parentArgument(driver, id, args.text('parent')));
  if (output === '-') for await (const chunk of stoppable(archive, context.signal)) await context.stdout.write(chunk);
  else await writeFileWhole(output, stoppable(archive, context.signal));
  return 0;
}

async function* stoppable(archive: ByteStream, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    signal.throwIfAborted();
    yield chunk;
  }
}
