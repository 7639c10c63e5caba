import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext, Session } from '../context.ts';
import type { ByteStream } from '../../core/driver.ts';
import { originalArchive } from '../../core/image/original.ts';
import type { LayerId, ParentId } from '../../core/layer-id.ts';
import { layerArgument, parentArgument } from '../layer-argument.ts';
import { UsageError } from '../usage-error.ts';
import { writeFileWhole } from '../write-file.ts';

/** `graphdriver diff ID` */
export async function diff(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const output = args.text('output') ?? '-';
  if (output === '-' && context.stdout.isTerminal) {
    throw new UsageError('an archive is not written to a terminal; use a pipe or -o FILE');
  }
  const session = await context.session();
  const id = await layerArgument(session.driver, args.required(0));
  const archive = await archiveOf(session, id, await parentArgument(session.driver, id, args.text('parent')));
  if (output === '-') for await (const chunk of stoppable(archive, context.signal)) await context.stdout.write(chunk);
  else await writeFileWhole(output, stoppable(archive, context.signal));
  return 0;
}

/** A loaded layer that is unchanged is written as the image had it, bit for bit. */
async function archiveOf({ machine, driver, records }: Session, id: LayerId, parent: ParentId): Promise<ByteStream> {
  const isOwn = (await driver.exists(id)) && (await driver.parentOf(id)) === parent;
  const original = isOwn ? await originalArchive({ host: machine.host, driver, records }, id) : undefined;
  return original ?? driver.diff(id, parent);
}

async function* stoppable(archive: ByteStream, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    signal.throwIfAborted();
    yield chunk;
  }
}
