import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver remove ID` */
export async function remove(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver, records } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  await driver.remove(id);
  await records.remove(id);
  if (context.json) await context.printJson({ id });
  return 0;
}
