import { idOf, openImage, verifyLayer, type ImageChoice, type Verdict } from '../../core/image/index.ts';
import { isLayerId, type LayerId, type ParentId } from '../../core/layer-id.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { imageChoice, withImagePath } from '../image/choice.ts';
import { openImageFiles } from '../image/open-files.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver verify IMAGE|ID` */
export async function verify(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const choice = imageChoice(args, context.world);
  const session = await context.session();
  const { machine, driver, records } = session;
  let status: ExitStatus = 0;
  for (const id of await layersOf(context, args, choice)) {
    context.signal.throwIfAborted();
    const verdict: Verdict | { readonly kind: 'missing' } = (await driver.exists(id))
      ? await verifyLayer({ host: machine.host, driver, records }, id)
      : { kind: 'missing' };
    if (verdict.kind !== 'intact') status = 1;
    if (context.json) await context.printJson({ id, ...verdict });
    else await context.printLines(`${id} ${inWords(verdict)}`);
  }
  return status;
}

function inWords(verdict: Verdict | { readonly kind: 'missing' }): string {
  switch (verdict.kind) {
    case 'intact':
      return `is ${verdict.diffId}`;
    case 'changed':
      return `is not ${verdict.diffId}: ${verdict.why}`;
    case 'overwritten':
      return `cannot be verified: ${verdict.why}, and the archive has another content for each`;
    case 'unrecorded':
      return 'cannot be verified: nothing is recorded of the archive that it was made of';
    case 'missing':
      return 'is not there; load the image';
  }
}

/** The layers of a stack or of an image, base first. What says which image is meant means an image. */
async function layersOf(context: CommandContext, args: Arguments, choice: ImageChoice): Promise<readonly LayerId[]> {
  const { driver } = await context.session();
  const text = args.required(0);
  const isChosen = ['ref', 'platform'].some((option) => args.text(option) !== undefined);
  const id = isLayerId(text) && !isChosen ? await layerArgument(driver, text) : undefined;
  if (id === undefined || !(await driver.exists(id))) return layersOfImage(context, text, choice);
  const stack: LayerId[] = [];
  for (let next: ParentId = id; next !== ''; next = await driver.parentOf(next)) stack.unshift(next);
  return stack;
}

async function layersOfImage(
  { limits, signal }: CommandContext,
  path: string,
  choice: ImageChoice,
): Promise<readonly LayerId[]> {
  try {
    const opened = await openImageFiles(path, { limits, signal });
    try {
      const { layers } = await openImage(opened.files, choice, limits);
      return layers.map(idOf);
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw withImagePath(error, path);
  }
}
