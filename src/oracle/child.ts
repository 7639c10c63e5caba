import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Answers, Questions } from './ask.ts';
import type { RecordRequest } from './record/record.ts';
import type { Shard, ShardResult } from './shard.ts';
import type { ShortestPrefix, ShortestRequest } from './shortest.ts';
import { TargetUnavailableError } from './targets.ts';
import { TraceFormatError } from './trace-reader.ts';

/** What can be done in a process of its own: what each is asked for, and what it answers. */
export interface Work {
  replay: { readonly request: Shard; readonly result: ShardResult };
  shorten: { readonly request: ShortestRequest; readonly result: readonly ShortestPrefix[] };
  record: { readonly request: RecordRequest; readonly result: Uint8Array };
  ask: { readonly request: Questions; readonly result: Answers };
}

/** What a child is sent. */
export type Task = { [K in keyof Work]: { readonly kind: K; readonly request: Work[K]['request'] } }[keyof Work];

/** What it sends back. */
export type Reply = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly failure: Failure };

/** An error in a form that survives the way from one process to another. */
export type Failure =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'format'; readonly file: string; readonly line: number; readonly reason: string }
  | { readonly kind: 'other'; readonly reason: string };

/** Run from source (in development and tests), a child needs the loader that this process has. */
const fromSource = import.meta.url.endsWith('.ts');
const childModule = fileURLToPath(new URL(fromSource ? './child-main.ts' : './child-main.js', import.meta.url));

/**
 * Does a piece of work in a process of its own: on the real kernel a thread gives up its root, directory and ids, and the
 * simulator keeps a processor busy. Throws what the work throws, and the signal's reason once that is aborted.
 */
export function inChild<K extends keyof Work>(
  kind: K,
  request: Work[K]['request'],
  signal?: AbortSignal,
): Promise<Work[K]['result']> {
  const execArgv = fromSource ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  const child = fork(childModule, { execArgv, serialization: 'advanced', ...(signal === undefined ? {} : { signal }) });
  return new Promise((resolve, reject) => {
    child.once('message', (reply: Reply) => {
      if (reply.ok) resolve(reply.result as Work[K]['result']);
      else reject(errorOf(reply.failure));
    });
    const fail = (error: Error): void => {
      reject(signal?.aborted === true ? (signal.reason as Error) : error);
    };
    child.once('error', fail);
    child.once('exit', (code, killer) => {
      fail(new Error(`the process for ${kind} ended with ${killer ?? `status ${code}`} before its work was done`));
    });
    child.send({ kind, request });
  });
}

/** An error as a child sends it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof TargetUnavailableError) return { kind: 'unavailable', reason: error.message };
  if (error instanceof TraceFormatError) {
    return { kind: 'format', file: error.file, line: error.line, reason: error.reason };
  }
  return { kind: 'other', reason: error instanceof Error ? error.message : String(error) };
}

function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'unavailable':
      return new TargetUnavailableError(failure.reason);
    case 'format':
      return new TraceFormatError(failure.file, failure.line, failure.reason);
    case 'other':
      return new Error(failure.reason);
  }
}
