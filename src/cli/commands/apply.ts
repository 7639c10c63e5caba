import { createHash } from 'node:crypto';
import { ArchiveError } from '../../core/archive/errors.ts';
import type { ByteStream } from '../../core/driver.ts';
import { decompress } from '../../core/image/compression.ts';
import { ImageError } from '../../core/image/error.ts';
import type { Arguments } from '../arguments.ts';
import type { ExitStatus } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { sizeText } from '../format/size.ts';
import { readWhole } from '../image/file-source.ts';
import { layerArgument } from '../layer-argument.ts';
import { standardInput } from '../standard-input.ts';

/** `graphdriver apply ID [TAR|-]` */
export async function apply(context: CommandContext, args: Arguments): Promise<ExitStatus> {
  const { world, signal } = context;
  const path = args.get(1) ?? '-';
  const packed = path === '-' ? standardInput(world, signal) : readWhole(path, signal);
  const { driver, records } = await context.session();
  const id = await layerArgument(driver, args.required(0));
  const parent = await driver.parentOf(id);
  // From now on the layer is not what an image's archive made of it.
  await records.remove(id);
  const hash = createHash('sha256');
  const archive = watched(decompress(packed, context.limits), hash, signal);
  const size = await driver.applyDiff(id, parent, archive).catch((error: unknown) => {
    throw withPath(error, path);
  });
  const diffId = `sha256:${hash.digest('hex')}`;
  if (context.json) await context.printJson({ id, size, diffId });
  else await context.printLines(`${diffId} ${sizeText(size)}`);
  return 0;
}

/** Errors of an archive name the member; people also need to know which archive. */
function withPath(error: unknown, path: string): unknown {
  if (error instanceof ArchiveError || error instanceof ImageError) error.message = `${path}: ${error.message}`;
  return error;
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
