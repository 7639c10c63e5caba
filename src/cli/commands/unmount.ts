import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';
import { viewDirectory } from '../layer-directories.ts';

/** `graphdriver unmount ID` */
export async function unmount(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const path = await viewDirectory(driver, id);
  await driver.put(id);
  if (context.json) await context.printJson({ id, path: path ?? null });
  return 0;
}
