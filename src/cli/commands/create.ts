import { layerId } from '../../core/layer-id.ts';
import { parseStorageOption } from '../../core/storage-option.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver create ID` */
export async function create(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const id = layerId(args.required(0));
  const { driver } = await context.session();
  const below = args.text('parent') ?? '';
  const parent = below === '' ? '' : await layerArgument(driver, below);
  const storage = args.texts('storage-opt').map(parseStorageOption);
  const storageOptions = Object.fromEntries(storage.map(({ key, value }) => [key, value]));
  const options = { mountLabel: args.text('mount-label') ?? '', storageOptions };
  await (args.flag('read-write') ? driver.createReadWrite(id, parent, options) : driver.create(id, parent, options));
  if (context.json) await context.printJson({ id, parent });
  else await context.printLines(id);
  return 0;
}
