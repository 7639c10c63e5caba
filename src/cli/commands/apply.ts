import { createHash } from 'node:crypto';
import { decompress } from '../../core/image/compression.ts';
import type { ByteStream } from '../../core/driver.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { sizeText } from '../format/size.ts';
import { readWhole } from '../image/file-source.ts';
import { layerArgument } from '../layer-argument.ts';

/** `graphdriver apply ID [TAR|-]` */
export async function apply(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { driver } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const path = args.get(1) ?? '-';
  const hash = createHash('sha256');
  const packed = path === '-' ? context.world.stdin : readWhole(path);
  const parent = await driver.parentOf(id);
  const size = await driver.applyDiff(id, parent, watched(decompress(packed), hash, context.signal));
  const diffId = `sha256:${hash.digest('hex')}`;
  if (context.json) await context.printJson({ id, size, diffId });
  else await context.printLines(`${diffId} ${sizeText(size)}`);
  return 0;
}

async function* watched(
  archive: ByteStream,
  hash: ReturnType<typeof createHash>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    signal.throwIfAborted();
    hash.update(chunk);
    yield chunk;
  }
}
