import type { ByteStream } from './driver.ts';

/**
 * The same stream for readers that keep chunks while they ask for more, as `Readable.from` of node:stream and whoever collects
 * them do: each chunk is a copy of its own.
 */
export async function* keepable(stream: ByteStream): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of stream) yield Uint8Array.from(chunk);
}
