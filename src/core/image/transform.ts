import { pipeline, Readable, type Transform } from 'node:stream';
import type { ByteStream } from '../driver.ts';
import { Malformed } from '../archive/errors.ts';

/**
 * `source` through one of zlib's streams, with its backpressure. An error of the source is passed on as it is, one of the
 * stream becomes a Malformed.
 */
export async function* throughTransform(
  source: ByteStream,
  transform: Transform,
  format: string,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(copies(source));
  pipeline(input, transform, () => {
    // An error arrives at the reader of `transform` below.
  });
  try {
    for await (const chunk of transform as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw isZlibError(error) ? new Malformed(`the ${format} stream ${complaint(error)}`) : error;
  } finally {
    input.destroy();
    transform.destroy();
  }
}

/** A stream of Node asks for chunks ahead of those that it is done with. */
async function* copies(source: ByteStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield Buffer.from(chunk);
}

/** A gzip stream whose first header is right can lack that of a next member only. */
function complaint({ message }: Error): string {
  return message === 'incorrect header check' ? 'is followed by other bytes' : `is damaged: ${message}`;
}

/** zlib's errors carry its own numbers and codes (`Z_DATA_ERROR`, `ZSTD_error_…`). */
function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z(STD)?_/.test(error.code);
}
