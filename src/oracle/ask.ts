import { checkedTraces } from './checked-traces.ts';
import { observe } from './observe.ts';
import { UnknownTraceError } from './replay-files.ts';
import { jsonLines } from './schema.ts';
import type { ReplayTarget } from './target.ts';
import { targetNamed, type TargetName } from './targets.ts';
import { traceLines } from './trace-lines.ts';
import { nameOf, type Trace, type TraceFile } from './trace-reader.ts';

/** Traces whose calls are to be answered. */
export interface Questions {
  readonly files: readonly TraceFile[];
  readonly target: TargetName;
  /** Only traces with this id. */
  readonly only: string | undefined;
}

/** The same traces with what a kernel answers. */
export interface Answers {
  readonly traces: number;
  /** A file of traces: JSON lines. */
  readonly text: string;
  /** What of the target may have led to an answer, and is no matter of the kernel. */
  readonly notes: readonly string[];
}

/**
 * Makes the calls of traces and writes down what comes of them, whatever the files say of that. Throws what
 * checkedTraces throws, TargetUnavailableError, UnknownTraceError, the signal's reason, and an Error that names file and line
 * where a process cannot start, since then nobody makes its calls.
 */
export async function ask(questions: Questions, signal?: AbortSignal): Promise<Answers> {
  // The real kernel takes the root, directory and ids of a thread; and on either a call may take longer than one likes to wait.
  return (await import('./child.ts')).inChild('ask', questions, signal);
}

/** Asks on this thread. */
export async function askHere({ files, target: name, only }: Questions): Promise<Answers> {
  const target = await targetNamed(name);
  const kernel = name === 'sim' ? `${target.kernel}, simulated` : target.kernel;
  const pieces: string[] = [];
  let header: Trace['header'] | undefined;
  let traces = 0;
  try {
    for await (const trace of checkedTraces(files, (id) => only === undefined || id === only)) {
      if (trace.header !== header) pieces.push(jsonLines([{ ...trace.header, kernel }]));
      header = trace.header;
      pieces.push(jsonLines(traceLines(answered(trace, target))));
      traces += 1;
    }
  } finally {
    target.close();
  }
  if (traces === 0 && only !== undefined) throw new UnknownTraceError(`no trace is called ${JSON.stringify(only)}`);
  if (traces === 0) throw new Error(`no trace in ${files.map(nameOf).join(', ')}`);
  return { traces, text: pieces.join(''), notes: target.notes };
}

/** A trace with all answers. Those to the calls of a process that could not start would mean nothing. */
function answered(trace: Trace, target: ReplayTarget): Trace {
  return observe(trace, target, ({ record, line }, error) => {
    throw new Error(`${trace.file}:${line}: ${record.t}: ${error}; the calls that follow have nobody to make them`);
  });
}
