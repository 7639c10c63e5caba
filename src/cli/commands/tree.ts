import type { OverlayXattrs } from '../../core/archive/options.ts';
import type { Driver } from '../../core/driver.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { shortId } from '../format/short-id.ts';
import { painter, type Paint } from '../format/style.ts';
import { layerArgument } from '../layer-argument.ts';
import { PieceWriter } from '../piece-writer.ts';
import { layerStyle, treeHead, treeLine } from '../tree/draw.ts';
import { LayeredView } from '../tree/layered-view.ts';
import { stackOf, type StackLayer } from '../tree/layers.ts';
import { treeRow } from '../tree/row.ts';
import { withView } from '../view.ts';

/** `graphdriver tree ID` */
export async function tree(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver, machine } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const stack = await stackOf(driver, id);
  const xattrs = await xattrsOf(driver);
  await withView(driver, id, async (view) => {
    const layered = new LayeredView(machine.host, view, stack, xattrs);
    try {
      await print(context, layered, stack);
    } finally {
      layered.close();
    }
  });
  return 0;
}

async function print(context: CommandContext, layered: LayeredView, stack: readonly StackLayer[]): Promise<void> {
  const paint = painter(context.stdout);
  const out = new PieceWriter(context.stdout, context.signal);
  if (!context.json) for (const line of [...legend(stack, paint), '', treeHead]) await out.line(line);
  for (const entry of layered.entries()) {
    await out.line(context.json ? JSON.stringify(treeRow(entry)) : treeLine(entry, paint));
  }
  await out.end();
}

function legend(stack: readonly StackLayer[], paint: Paint): readonly string[] {
  return stack.map(({ id, number }, i) => {
    const place = i === 0 ? ' (top)' : number === 0 ? ' (base)' : '';
    return paint(layerStyle(number), `${String(number).padStart(5)}  ${shortId(id)}${place}`);
  });
}

/** Where overlayfs keeps its marks on this machine. */
async function xattrsOf(driver: Driver): Promise<OverlayXattrs> {
  const status = new Map(await driver.status());
  return status.get('userxattr') === 'true' ? 'user' : 'trusted';
}
