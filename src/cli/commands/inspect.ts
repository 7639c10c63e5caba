import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { pairs } from '../format/table.ts';
import { layerArgument } from '../layer-argument.ts';
import { mountedLayers } from '../mounted-layers.ts';

/** `graphdriver inspect ID` */
export async function inspect(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const session = await context.session();
  const { driver, driverName, machine } = session;
  const id = await layerArgument(driver, args.required(0));
  const metadata = await driver.getMetadata(id);
  const parent = await driver.parentOf(id);
  const isMounted = (await mountedLayers(session, [id])).has(id);
  const facts = { id, parent, host: machine.name, driver: driverName, mounted: isMounted };
  if (context.json) {
    await context.printJson({ ...facts, metadata });
    return 0;
  }
  const rows = Object.entries(facts).map(([name, value]) => [name, String(value)] as const);
  await context.printLines(
    ...pairs([...rows, ...Object.entries(metadata).flatMap(([name, value]) => listed(name, value))]),
  );
  return 0;
}

/** A list of directories, one a line. */
function listed(name: string, value: string): readonly (readonly [string, string])[] {
  return value.split(':').map((each, i) => [i === 0 ? name : `${name} ${i + 1}`, each] as const);
}
