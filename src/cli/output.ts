import type { Writable } from 'node:stream';

/** The reader of the output has gone (EPIPE): the command ends without a word. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** Where a command writes. */
export interface Output {
  readonly isTerminal: boolean;
  /** Whether colours are wanted. */
  readonly hasColors: boolean;
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Waits until there is room again. @throws OutputClosedError */
  write(data: string | Uint8Array): Promise<void>;
}

/** An Output over a stream of Node: standard output, standard error. */
export class StreamOutput implements Output {
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  readonly #stream: Writable & { readonly columns?: number };
  #error: Error | undefined;

  constructor(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }, noColor: string | undefined) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.hasColors = this.isTerminal && (noColor === undefined || noColor === '');
    stream.on('error', (error) => {
      this.#error = error;
    });
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw closed(this.#error);
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(data, (error) => {
        if (error) reject(closed(error));
        else resolve();
      });
    });
  }
}

/** What a write has failed with: OutputClosedError for EPIPE. */
export function closed(error: Error): Error {
  return 'code' in error && error.code === 'EPIPE'
    ? new OutputClosedError('nobody reads the output', { cause: error })
    : error;
}
