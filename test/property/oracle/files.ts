import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { readTraces, type Trace } from '../../../src/oracle/trace-reader.ts';

const recorded = fileURLToPath(new URL('../../data/traces/', import.meta.url));

/** All trace files of the test data. */
export const recordedTraces: readonly string[] = readdirSync(recorded)
  .filter((name) => name.endsWith('.jsonl.gz'))
  .map((name) => join(recorded, name));

const regressions = join(recorded, 'regressions');

/** Shrunk traces on which the simulated kernel once differed from Linux, as plain JSON lines. */
export const regressionTraces: readonly string[] = readdirSync(regressions).map((name) => join(regressions, name));

export function recordedTrace(name: string): string {
  return join(recorded, `${name}.jsonl.gz`);
}

/** Writes trace files into a directory of their own, which is there from the suite's first hook to its last. */
export function traceFiles(): { write(name: string, content: string | Uint8Array): string } {
  let directory: string | undefined;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'graphdriver-traces-'));
  });
  afterAll(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });
  return {
    write(name, content) {
      if (directory === undefined) throw new Error('the directory exists within tests only');
      const file = join(directory, name);
      writeFileSync(file, content);
      return file;
    },
  };
}

/** The lines of a trace file, unpacked. */
export function linesOf(file: string): readonly string[] {
  const stored = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(stored) : stored).toString().trimEnd().split('\n');
}

/** The trace that docs/oracle.md shows. */
export function documentedTrace(): string {
  const [, example] = /```jsonl\n(.*?)```/s.exec(readFileSync('docs/oracle.md', 'utf8')) ?? [];
  if (example === undefined) throw new Error('docs/oracle.md shows no trace');
  return example;
}

/** The traces of a file. */
export async function tracesOf(file: string): Promise<readonly Trace[]> {
  const traces: Trace[] = [];
  for await (const trace of readTraces(file)) traces.push(trace);
  return traces;
}

/** JSON lines. */
export function lines(...records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
