import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { shortId } from '../format/short-id.ts';
import { sizeText } from '../format/size.ts';
import { table } from '../format/table.ts';
import { mountedLayers } from '../mounted-layers.ts';

/** `graphdriver list` */
export async function list(context: CommandContext): Promise<ExitStatus> {
  const session = await context.session();
  const { driver } = session;
  const ids = await driver.list();
  const mounted = await mountedLayers(session, ids);
  const layers = [];
  for (const id of ids) {
    const parent = await driver.parentOf(id);
    layers.push({ id, parent, size: await driver.diffSize(id, parent), mounted: mounted.has(id) });
  }
  if (context.json) {
    await context.printJson(layers);
    return 0;
  }
  const shown = context.stdout.isTerminal ? shortId : (id: string) => id;
  const rows = layers.map(({ id, parent, size, mounted }) => [
    shown(id),
    shown(parent) || '-',
    sizeText(size),
    mounted ? 'yes' : '-',
  ]);
  await context.printLines(...table(['ID', 'PARENT', 'SIZE', 'MOUNTED'], rows, ['SIZE']));
  return 0;
}
