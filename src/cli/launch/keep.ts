import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { cacheOf, cacheWith, compile } from './code-cache.ts';

/** Compiles every function of a file of the bundle, and keeps that beside it for `moduleBody`. */
export function keepCompiled(file: string): void {
  const text = readFileSync(file);
  setFlagsFromString('--no-lazy');
  const script = compile(file, text);
  // V8 keeps the flags with it, and refuses it where they are others.
  setFlagsFromString('--lazy');
  writeFileSync(cacheOf(file), cacheWith(text, script.createCachedData()));
}
