import { idOf, openImage, parsePlatform, verifyLayer, type Verdict } from '../../core/image/index.ts';
import { isLayerId, type LayerId, type ParentId } from '../../core/layer-id.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext, Session } from '../context.ts';
import { openImageFiles } from '../image/open-files.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver verify IMAGE|ID` */
export async function verify(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const session = await context.session();
  const { machine, driver, records } = session;
  let status: ExitStatus = 0;
  for (const id of await layersOf(context, session, args.required(0))) {
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
    case 'unrecorded':
      return 'cannot be verified: nothing is recorded of the archive that it was made of';
    case 'missing':
      return 'is not there; load the image';
  }
}

/** The layers of a stack or of an image, base first. */
async function layersOf(context: CommandContext, { driver }: Session, text: string): Promise<readonly LayerId[]> {
  const id = isLayerId(text) ? await layerArgument(driver, text) : undefined;
  if (id === undefined || !(await driver.exists(id))) return layersOfImage(context, text);
  const stack: LayerId[] = [];
  for (let next: ParentId = id; next !== ''; next = await driver.parentOf(next)) stack.unshift(next);
  return stack;
}

async function layersOfImage({ world, limits }: CommandContext, path: string): Promise<readonly LayerId[]> {
  const opened = await openImageFiles(path, limits);
  try {
    const { layers } = await openImage(opened.files, { platform: parsePlatform(`linux/${world.architecture}`) });
    return layers.map(idOf);
  } finally {
    await opened.close();
  }
}
