import { addAbortSignal, type Readable } from 'node:stream';

/**
 * The bytes of a stream until the signal is aborted, which also ends the wait for a piece that may never come: whoever writes
 * into a pipe may take all the time there is. Throws the signal's reason then.
 */
export async function* stoppable(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
