import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { sizeText } from '../format/size.ts';
import { layerArgument, parentArgument } from '../layer-argument.ts';

/** `graphdriver size ID` */
export async function size(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const bytes = await driver.diffSize(id, await parentArgument(driver, id, args.text('parent')));
  if (context.json) await context.printJson({ id, size: bytes });
  else await context.printLines(bytes < 1024 ? sizeText(bytes) : `${sizeText(bytes)} (${bytes} bytes)`);
  return 0;
}
