import { textFromPath } from '../../host/index.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { pairs } from '../format/table.ts';

/** `graphdriver status` */
export async function status(context: CommandContext): Promise<ExitStatus> {
  const { driver, driverName, machine, root } = await context.session();
  const rows = await driver.status();
  const where = {
    host: machine.name,
    kernel: machine.host.system.kernelRelease(),
    driver: driverName,
    root: textFromPath(root),
  };
  if (context.json) await context.printJson({ ...where, status: Object.fromEntries(rows) });
  else {
    const first = Object.entries(where).map(
      ([name, value]) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, value] as const,
    );
    await context.printLines(...pairs([...first, ...rows]));
  }
  return 0;
}
