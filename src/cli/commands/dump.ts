import { dumpTree, type DumpRow } from '../../core/tree/dump.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';
import { layerDirectory } from '../layer-directories.ts';
import { PieceWriter } from '../piece-writer.ts';
import { viewRows, withView } from '../view.ts';

/** `graphdriver dump ID [--raw]` */
export async function dump(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const session = await context.session();
  const { driver, machine } = session;
  const id = await layerArgument(driver, args.required(0));
  if (args.flag('raw')) {
    const directory = await layerDirectory(driver, id);
    if (directory === undefined) throw new Error(`the driver ${session.driverName} does not tell where layer ${id} is`);
    await printRows(context, dumpTree(machine.host, directory.path));
  } else {
    await withView(driver, id, async (view) => printRows(context, await viewRows(machine.host, driver, id, view)));
  }
  return 0;
}

async function printRows(context: CommandContext, rows: Iterable<DumpRow>): Promise<void> {
  const out = new PieceWriter(context.stdout, context.signal);
  for (const row of rows) await out.line(JSON.stringify(row));
  await out.end();
}
