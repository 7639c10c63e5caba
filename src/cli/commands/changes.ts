import { textFromPath } from '../../host/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { shownPath } from '../format/quote.ts';
import { painter, type Style } from '../format/style.ts';
import { layerArgument, parentArgument } from '../layer-argument.ts';

const styles = { A: 'green', C: 'yellow', D: 'red' } as const satisfies Record<string, Style>;

/** `graphdriver changes ID` */
export async function changes(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const found = await driver.changes(id, await parentArgument(driver, id, args.text('parent')));
  const paint = painter(context.stdout);
  if (context.json) await context.printJson(found.map(({ kind, path }) => ({ kind, path: textFromPath(path) })));
  else await context.printLines(...found.map(({ kind, path }) => paint(styles[kind], `${kind} ${shownPath(path)}`)));
  return 0;
}
