import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';

/**
 * What V8 makes of the files of the published command when it compiles them, kept beside them by the build (keep.ts): a
 * process that finds it need not compile what it runs. Nothing depends on it: of another text it is not used, V8 refuses that
 * of another release or of other flags, and then the file is compiled as always.
 */

/** The function that a CommonJS file is the body of. */
export type ModuleBody = (
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  filename: string,
  dirname: string,
) => void;

/** Compiles a file, or takes what was kept of it. Throws what reading it throws, and SyntaxError. */
export function moduleBody(file: string): ModuleBody {
  const text = readFileSync(file);
  return compile(file, text, keptOf(file, text)).runInThisContext() as ModuleBody;
}

/** Compiles the text of a file as far as V8 sees fit, `kept` aside. */
export function compile(filename: string, text: Buffer, kept?: Buffer): Script {
  const source = `(function (exports, require, module, __filename, __dirname) { ${text.toString()}\n})`;
  return new Script(source, { filename, ...(kept === undefined ? {} : { cachedData: kept }) });
}

export function cacheOf(file: string): string {
  return `${file}.cache`;
}

/** What is kept as a file has it: its length in 8 bytes, it, and the text, since V8 compares no more of that than its length. */
export function cacheWith(text: Buffer, kept: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(kept.length);
  return Buffer.concat([length, kept, text]);
}

function keptOf(file: string, text: Buffer): Buffer | undefined {
  let cache: Buffer;
  try {
    cache = readFileSync(cacheOf(file));
  } catch {
    return undefined;
  }
  if (cache.length < lengthBytes) return undefined;
  const end = lengthBytes + cache.readUInt32LE();
  return cache.subarray(end).equals(text) ? cache.subarray(lengthBytes, end) : undefined;
}

const lengthBytes = 8;
