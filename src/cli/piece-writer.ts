import type { Output } from './output.ts';

/** Characters of one write; a write for each line would cost more than the line. */
const pieceSize = 1 << 16;

/** Writes many lines in large pieces. Between them, the command may be told to stop. */
export class PieceWriter {
  readonly #output: Output;
  readonly #signal: AbortSignal;
  #piece = '';

  constructor(output: Output, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
  }

  async line(text: string): Promise<void> {
    this.#piece += `${text}\n`;
    if (this.#piece.length >= pieceSize) await this.end();
  }

  /** Writes what is left. @throws OutputClosedError, and the signal's reason */
  async end(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    await this.#output.write(piece);
    this.#signal.throwIfAborted();
  }
}
