import { idOf, loadImage, openImage, type ImageChoice, type LoadedImage } from '../../core/image/index.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { shortId } from '../format/short-id.ts';
import { sizeText } from '../format/size.ts';
import { table } from '../format/table.ts';
import { imageChoice, withImagePath } from '../image/choice.ts';
import { openImageFiles, openImageStream } from '../image/open-files.ts';
import { ProgressBar } from '../progress-bar.ts';
import { standardInput } from '../standard-input.ts';

/** `graphdriver load IMAGE` */
export async function load(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const choice = imageChoice(args, context.world);
  const path = args.required(0);
  try {
    await loadFrom(context, path, choice);
    return 0;
  } catch (error) {
    throw withImagePath(error, path);
  }
}

async function loadFrom(context: CommandContext, path: string, choice: ImageChoice): Promise<void> {
  const { limits, signal } = context;
  const opened = await (path === '-'
    ? openImageStream(standardInput(context.world, signal), { limits, signal })
    : openImageFiles(path, { limits, signal }));
  try {
    const image = await openImage(opened.files, choice, limits);
    const { driver, machine, driverName, records } = await context.session();
    const before = new Set(await existing(image.layers.map(idOf), (id) => driver.exists(id)));
    const bar = new ProgressBar(context.stderr);
    const loading = loadImage(driver, image, { records, limits, progress: bar.show, signal });
    const loaded = await loading.finally(bar.end);
    await show(context, loaded, before, { host: machine.name, driver: driverName });
  } finally {
    await opened.close();
  }
}

async function existing<T>(ids: readonly T[], exists: (id: T) => Promise<boolean>): Promise<readonly T[]> {
  const there = await Promise.all(ids.map(exists));
  return ids.filter((_, i) => there[i]);
}

async function show(
  context: CommandContext,
  { image, top, layers }: LoadedImage,
  before: ReadonlySet<string>,
  where: { readonly host: string; readonly driver: string },
): Promise<void> {
  if (context.json) {
    await context.printJson({
      image,
      ...where,
      top,
      layers: layers.map(({ id, parent, diffId, chainId, size }) => ({ id, parent, diffId, chainId, size })),
    });
    return;
  }
  const idShown = context.stdout.isTerminal ? shortId : (id: string) => id;
  const rows = layers.map(({ id, diffId, size }, i) => [
    String(i),
    idShown(id),
    shortId(diffId.slice(diffId.indexOf(':') + 1)),
    sizeText(size),
    before.has(id) ? 'was there' : 'loaded',
  ]);
  await context.printLines(
    ...table(['LAYER', 'ID', 'DIFFID', 'SIZE', ''], rows, ['LAYER', 'SIZE']),
    `${image}: ${layers.length} layers, ${sizeText(layers.reduce((sum, { size }) => sum + size, 0))}; top ${idShown(top) || 'none'}`,
  );
}
