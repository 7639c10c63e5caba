import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { ByteStream } from '../driver.ts';
import { Malformed } from '../archive/errors.ts';
import { throughTransform } from './transform.ts';
import { zstdParts } from './zstd-frames.ts';

/** zlib.createZstdDecompress, which Node has since 22.15 and its types for Node 20 do not know. */
const createZstdDecompress = (zlib as { createZstdDecompress?: (options: zlib.ZlibOptions) => Transform })
  .createZstdDecompress;

/** The bytes that a zstd stream (RFC 8878) holds. @throws Malformed where it is damaged or ends early */
export function unzstd(source: ByteStream): ByteStream {
  return createZstdDecompress === undefined ? unzstdWithWasm(source) : unzstdWithZlib(source, createZstdDecompress);
}

async function* unzstdWithZlib(
  source: ByteStream,
  create: (options: zlib.ZlibOptions) => Transform,
): AsyncGenerator<Uint8Array> {
  const transform = create({ chunkSize: 256 * 1024 });
  yield* throughTransform(zstdParts(source), transform, 'zstd');
}

async function* unzstdWithWasm(source: ByteStream): AsyncGenerator<Uint8Array> {
  const { wasmZstd } = await import('./zstd-wasm.ts');
  const zstd = await wasmZstd();
  const context = zstd.open();
  let isWhole = true;
  try {
    for await (const part of zstdParts(source)) isWhole = yield* unpacked(zstd.decode(context, part));
  } finally {
    zstd.close(context);
  }
  if (!isWhole) throw damaged();
}

function* unpacked(output: Generator<Uint8Array, boolean>): Generator<Uint8Array, boolean> {
  try {
    return yield* output;
  } catch (error) {
    throw error instanceof RangeError ? damaged() : error;
  }
}

function damaged(): Malformed {
  return new Malformed('the zstd stream is damaged');
}
