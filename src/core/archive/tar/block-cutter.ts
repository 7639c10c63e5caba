import { blockSize, paddingOf } from './header.ts';

/** Takes what a BlockCutter cuts. */
export interface BlockHandler {
  /** One block of headers, from `at` in a chunk; `offset` is where it begins in the stream. Only valid during the call. */
  block(chunk: Buffer, at: number, offset: number): void;
  /** Some of the content that was expected. Only valid during the call. */
  content(bytes: Buffer): void;
  /** All of the content has come, its padding perhaps not yet. */
  contentEnd(): void;
}

/**
 * Cuts a stream of bytes, however it is chunked, into the blocks of a tar and the content between them. The handler says
 * after each block whether content follows (`expectContent`) or that no more is wanted (`finish`).
 */
export class BlockCutter {
  readonly #handler: BlockHandler;
  /** Bytes of the stream that are done with. */
  #offset = 0;
  readonly #partial = Buffer.alloc(blockSize);
  #partialFilled = 0;
  #content = 0;
  #padding = 0;
  #finished = false;

  constructor(handler: BlockHandler) {
    this.#handler = handler;
  }

  /** So many bytes of content follow, padded to whole blocks. */
  expectContent(length: number): void {
    this.#content = length;
    this.#padding = paddingOf(length);
    if (length === 0) this.#handler.contentEnd();
  }

  /** What follows does not matter any more. */
  finish(): void {
    this.#finished = true;
  }

  /** Whether the stream may end here: before a block, or in the padding after content (which Go lets be cut). */
  get betweenBlocks(): boolean {
    return this.#finished || (this.#content === 0 && this.#partialFilled === 0);
  }

  get offset(): number {
    return this.#offset;
  }

  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < chunk.length && !this.#finished;) {
      const taken = this.#take(chunk, at);
      at += taken;
    }
  }

  #take(chunk: Buffer, at: number): number {
    if (this.#content > 0) return this.#takeContent(chunk, at);
    if (this.#padding > 0) return this.#skipPadding(chunk.length - at);
    return this.#takeBlock(chunk, at);
  }

  #takeContent(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#content, chunk.length - at);
    this.#content -= taken;
    this.#offset += taken;
    this.#handler.content(chunk.subarray(at, at + taken));
    if (this.#content === 0) this.#handler.contentEnd();
    return taken;
  }

  #skipPadding(available: number): number {
    const taken = Math.min(this.#padding, available);
    this.#padding -= taken;
    this.#offset += taken;
    return taken;
  }

  #takeBlock(chunk: Buffer, at: number): number {
    const taken = Math.min(blockSize - this.#partialFilled, chunk.length - at);
    if (taken === blockSize) {
      this.#deliver(chunk, at);
      return taken;
    }
    chunk.copy(this.#partial, this.#partialFilled, at, at + taken);
    this.#partialFilled += taken;
    if (this.#partialFilled === blockSize) {
      this.#partialFilled = 0;
      this.#deliver(this.#partial, 0);
    }
    return taken;
  }

  #deliver(chunk: Buffer, at: number): void {
    const offset = this.#offset;
    this.#offset += blockSize;
    this.#handler.block(chunk, at, offset);
  }
}
