import { ImageError, parsePlatform, type ImageChoice } from '../../core/image/index.ts';
import type { Arguments } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../world.ts';

/** Which image `--ref` and `--platform` mean; without the latter one for this machine. @throws UsageError */
export function imageChoice(args: Arguments, { architecture }: World): ImageChoice {
  try {
    return { ref: args.text('ref'), platform: parsePlatform(args.text('platform') ?? `linux/${architecture}`) };
  } catch (error) {
    throw error instanceof ImageError ? new UsageError(error.message) : error;
  }
}

/** Errors of an image name the file inside it; people also need to know which image. */
export function withImagePath(error: unknown, path: string): unknown {
  if (error instanceof ImageError && !error.message.startsWith(path)) error.message = `${path}: ${error.message}`;
  return error;
}
