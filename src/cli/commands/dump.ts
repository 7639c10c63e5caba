import type { Path } from '../../host/index.ts';
import { dumpTree } from '../../core/tree/dump.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext, Session } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';
import { layerDirectory } from '../layer-directories.ts';
import { PieceWriter } from '../piece-writer.ts';
import { withView } from '../view.ts';

/** `graphdriver dump ID [--raw]` */
export async function dump(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const session = await context.session();
  const { driver } = session;
  const id = await layerArgument(driver, args.required(0));
  if (args.flag('raw')) {
    const directory = await layerDirectory(driver, id);
    if (directory === undefined) throw new Error(`the driver ${session.driverName} does not tell where layer ${id} is`);
    await printTree(context, session, directory.path);
  } else {
    await withView(driver, id, (view) => printTree(context, session, view));
  }
  return 0;
}

async function printTree(context: CommandContext, { machine }: Session, directory: Path): Promise<void> {
  const out = new PieceWriter(context.stdout, context.signal);
  for (const row of dumpTree(machine.host, directory)) await out.line(JSON.stringify(row));
  await out.end();
}
