import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver exists ID`: the exit status says it as well. */
export async function exists(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const isThere = await driver.exists(id);
  if (context.json) await context.printJson({ id, exists: isThere });
  else await context.printLines(isThere ? `${id} exists` : `${id} does not exist`);
  return isThere ? 0 : 1;
}
