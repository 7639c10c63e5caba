import { createGunzip } from 'node:zlib';
import type { ByteStream } from '../driver.ts';
import { Malformed } from '../archive/errors.ts';
import { throughTransform } from './transform.ts';

/**
 * The bytes that a gzip stream holds, of all its members. As with Go's reader (compress/gzip), which Docker uses, a stream
 * that ends early and one that is followed by anything but another member, zeros included, is an error.
 * @throws Malformed
 */
export async function* gunzip(source: ByteStream): AsyncGenerator<Uint8Array> {
  let given = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      given += chunk.length;
      yield chunk;
    }
  }
  // 256 KiB is more than twice as fast as zlib's default of 16 KiB.
  const transform = createGunzip({ chunkSize: 256 * 1024 });
  yield* throughTransform(counted(), transform, 'gzip');
  if (transform.bytesWritten !== given) throw new Malformed('the gzip stream is followed by other bytes');
}
