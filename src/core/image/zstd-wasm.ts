import { ZSTDDecoder } from 'zstddec/stream';

/** What the WebAssembly module in zstddec offers: zstd's own interface, with pointers and size_t as numbers of 32 bits. */
interface Zstd {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly malloc: (size: number) => number;
  readonly ZSTD_createDCtx: () => number;
  readonly ZSTD_freeDCtx: (context: number) => number;
  readonly ZSTD_decompressStream: (context: number, output: number, input: number) => number;
}

/** Bytes of input that are given at once, and of output that are taken at once: a block's most, with its header. */
const bufferSize = 129 * 1024;
/** Bytes of a ZSTD_inBuffer or ZSTD_outBuffer: pointer, size, position. */
const structSize = 12;
/** Answers above it are errors (ZSTD_isError, ZSTD_error_maxCode). */
const errorsAbove = 2 ** 32 - 120;

let loading: Promise<WasmZstd> | undefined;

/** The zstd decoder of this process, for any number of streams at a time. */
export async function wasmZstd(): Promise<WasmZstd> {
  loading ??= load();
  return loading;
}

/**
 * zstddec's own streams cannot tell damage from a block without content, and one that has met damage keeps its memory for
 * ever, until nothing is left for others. So only the module is taken from it.
 */
async function load(): Promise<WasmZstd> {
  let zstd: WasmZstd | undefined;
  class Loader extends ZSTDDecoder {
    override _init(source: { readonly instance: { readonly exports: Zstd } }): void {
      super._init(source);
      zstd = new WasmZstd(source.instance.exports);
    }
  }
  await new Loader().init();
  if (zstd === undefined) throw new Error('zstddec was in use before, in this process, by others');
  return zstd;
}

/** zstd, and the memory over which it is handed input and output; neither stays there from one call to the next. */
export class WasmZstd {
  readonly #zstd: Zstd;
  readonly #input: number;
  readonly #output: number;
  readonly #structs: number;

  constructor(zstd: Zstd) {
    this.#zstd = zstd;
    this.#input = zstd.malloc(bufferSize);
    this.#output = zstd.malloc(bufferSize);
    this.#structs = zstd.malloc(2 * structSize);
  }

  /** A stream's state, which must be closed. @throws Error where others have taken all memory */
  open(): number {
    const context = this.#zstd.ZSTD_createDCtx();
    if (context === 0) throw new Error('no memory is left to unpack one more zstd stream; wait until others are done');
    return context;
  }

  close(context: number): void {
    this.#zstd.ZSTD_freeDCtx(context);
  }

  /**
   * What the next part of a stream, of 129 KiB at most, unpacks to. Returns whether a frame ended with it.
   * @throws RangeError where the stream is damaged; it can only be closed then
   */
  *decode(context: number, part: Uint8Array): Generator<Uint8Array, boolean> {
    for (let taken = 0; ;) {
      const { answer, consumed, output } = this.#step(context, part.subarray(taken));
      if (answer > errorsAbove) throw new RangeError(`zstd answers with error ${2 ** 32 - answer}`);
      if (output.length > 0) yield output;
      taken += consumed;
      if (taken === part.length && output.length < bufferSize) return answer === 0;
    }
  }

  #step(context: number, input: Uint8Array): { answer: number; consumed: number; output: Uint8Array } {
    const { memory, ZSTD_decompressStream } = this.#zstd;
    const inputStruct = this.#structs;
    const outputStruct = this.#structs + structSize;
    new Uint8Array(memory.buffer).set(input, this.#input);
    setStruct(memory.buffer, inputStruct, this.#input, input.length);
    setStruct(memory.buffer, outputStruct, this.#output, bufferSize);
    const answer = ZSTD_decompressStream(context, outputStruct, inputStruct) >>> 0;
    // The memory may have grown, and be another buffer.
    const output = new Uint8Array(memory.buffer, this.#output, position(memory.buffer, outputStruct)).slice();
    return { answer, consumed: position(memory.buffer, inputStruct), output };
  }
}

function setStruct(memory: ArrayBuffer, struct: number, pointer: number, size: number): void {
  const view = new DataView(memory, struct, structSize);
  view.setUint32(0, pointer, true);
  view.setUint32(4, size, true);
  view.setUint32(8, 0, true);
}

function position(memory: ArrayBuffer, struct: number): number {
  return new DataView(memory, struct, structSize).getUint32(8, true);
}
