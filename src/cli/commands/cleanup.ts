import { textFromPath } from '../../host/index.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** `graphdriver cleanup` */
export async function cleanup(context: CommandContext): Promise<ExitStatus> {
  const { driver, driverName, root } = await context.session();
  await driver.cleanup();
  if (context.json) await context.printJson({ driver: driverName, root: textFromPath(root) });
  return 0;
}
