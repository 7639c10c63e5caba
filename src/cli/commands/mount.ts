import { textFromPath } from '../../host/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver mount ID` */
export async function mount(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const path = textFromPath(await driver.get(id, args.text('mount-label') ?? ''));
  if (context.json) await context.printJson({ id, path });
  else await context.printLines(path);
  return 0;
}
