import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheOf, compile, moduleBody } from '../../../../src/cli/launch/code-cache.ts';
import { keepCompiled } from '../../../../src/cli/launch/keep.ts';

// What V8 has compiled is used where it is of this text, and nothing else comes of it than of the text.

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'graphdriver-launch-'));
  file = join(directory, 'module.cjs');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function answerOf(text: string): unknown {
  writeFileSync(file, text);
  return run();
}

function run(): unknown {
  const module: { exports: unknown } = { exports: {} };
  moduleBody(file).call(module.exports, module.exports, () => 'library', module, file, directory);
  return module.exports;
}

const text = `const late = () => require('x') + __filename + __dirname; module.exports = late();`;

test('a module runs the same with and without what was kept of it', () => {
  const expected = `library${file}${directory}`;
  expect(answerOf(text)).toBe(expected);
  keepCompiled(file);
  expect(run()).toBe(expected);
});

test('all functions are kept, and taken by V8', () => {
  writeFileSync(file, text);
  keepCompiled(file);
  const cache = readFileSync(cacheOf(file));
  const kept = cache.subarray(8, 8 + cache.readUInt32LE());
  expect(compile(file, readFileSync(file), kept).cachedDataRejected).toBe(false);
  // What V8 compiles of itself, of a text that it has not seen before, is the body alone.
  const body = compile(file, Buffer.from(`${text} `)).createCachedData();
  expect(kept.length).toBeGreaterThan(body.length);
});

test('what was kept of another text is not used, be it of the same length', () => {
  expect(answerOf(`module.exports = 'one';`)).toBe('one');
  keepCompiled(file);
  expect(answerOf(`module.exports = 'two';`)).toBe('two');
});

test('what V8 refuses, or is damaged, is not used', () => {
  writeFileSync(file, text);
  keepCompiled(file);
  const cache = readFileSync(cacheOf(file));
  for (const damaged of [
    otherRelease(cache),
    cache.subarray(20),
    cache.subarray(0, 20),
    Buffer.alloc(8),
    Buffer.alloc(0),
  ]) {
    writeFileSync(cacheOf(file), damaged);
    expect(run()).toBe(`library${file}${directory}`);
  }
});

/** The numbers that V8 compares with its own come first. */
function otherRelease(cache: Buffer): Buffer {
  const changed = Buffer.from(cache);
  changed.writeUInt32LE(~changed.readUInt32LE(12) >>> 0, 12);
  return changed;
}
