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

/**
 * zstddec decodes a synchronous sequence. Each of its steps takes one part at most, and a part, which unpacks to no more
 * than its output buffer holds (a block's 128 KiB), takes one step. So it gets the next part just before each step; if it
 * leaves that part alone, it is stuck on the one before, which is its way to answer to damage.
 */
async function* unzstdWithWasm(source: ByteStream): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const queue = new OneByOne();
  const steps = decoder.decodeStreaming(queue);
  try {
    for await (const part of zstdParts(source)) {
      queue.offer(part);
      const step = steps.next();
      if (!queue.isTaken) throw damaged();
      if (step.done !== true && step.value.length > 0) yield step.value;
    }
    finish(steps);
  } finally {
    queue.clear();
    release(steps);
  }
}

function finish(steps: Generator<Uint8Array>): void {
  let step;
  try {
    step = steps.next();
  } catch {
    throw damaged();
  }
  if (step.done !== true) throw damaged();
}

/** Lets the decoder come to its end, where it frees its memory; one that is stuck keeps it. */
function release(steps: Generator<Uint8Array>): void {
  try {
    steps.next();
  } catch {
    // It complains that the stream has not ended; the caller has stopped, or has been told.
  }
}

class OneByOne implements Iterable<Uint8Array> {
  #next: Uint8Array | undefined;

  offer(part: Uint8Array): void {
    this.#next = part;
  }

  get isTaken(): boolean {
    return this.#next === undefined;
  }

  clear(): void {
    this.#next = undefined;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    for (let part = this.#next; part !== undefined; part = this.#next) {
      this.#next = undefined;
      yield part;
    }
  }
}

function damaged(): Malformed {
  return new Malformed('the zstd stream is damaged');
}
