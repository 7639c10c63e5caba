import type { StepRecord } from './records.ts';
import { replayTrace, type Divergence } from './replay.ts';
import { scriptOf } from './script/script.ts';
import { shrink, type Shrunk } from './shrink.ts';
import type { ReplayTarget } from './target.ts';
import { targetNamed, TargetUnavailableError, type TargetName } from './targets.ts';
import { readTraces, type Trace, type TraceFile } from './trace-reader.ts';

/** Traces that diverge on a kernel, each by its file and id. */
export interface ShortestRequest {
  readonly target: TargetName;
  readonly traces: readonly { readonly file: TraceFile; readonly trace: string }[];
}

/** The shortest beginning of a trace that still diverges, at its last step. */
export interface ShortestPrefix {
  readonly file: string;
  readonly trace: string;
  readonly steps: readonly StepRecord[];
  /** How many steps there are up to the divergence in the trace as it stands. */
  readonly before: number;
  /** The kernel that said what is right while steps were left out; without one none was. */
  readonly reference: string | undefined;
  readonly divergence: Divergence;
  /** A POSIX shell script that shows it on a real machine. */
  readonly script: string;
}

/**
 * Finds the shortest prefix of each trace that diverges, in a process of its own: where the running kernel can be asked what
 * is right, steps that change nothing are left out of it. Throws what readTraces throws, and TargetUnavailableError.
 */
export async function shortestPrefixes(
  request: ShortestRequest,
  signal?: AbortSignal,
): Promise<readonly ShortestPrefix[]> {
  if (request.traces.length === 0) return [];
  return (await import('./child.ts')).inChild('shorten', request, signal);
}

/** The same on this thread, which the real kernel takes for itself. */
export async function shortestPrefixesHere(request: ShortestRequest): Promise<readonly ShortestPrefix[]> {
  const target = await targetNamed(request.target);
  const reference = target.name === 'sim' ? await realKernelIfAny() : undefined;
  try {
    const found: ShortestPrefix[] = [];
    for (const { file, trace: wanted } of request.traces) {
      for await (const trace of readTraces(file, (id) => id === wanted)) {
        const [divergence] = replayTrace(trace, target, 'stop-at-first').divergences;
        if (divergence !== undefined) found.push(prefixOf(trace, divergence, target, reference));
      }
    }
    return found;
  } finally {
    reference?.close();
    target.close();
  }
}

async function realKernelIfAny(): Promise<ReplayTarget | undefined> {
  try {
    return await targetNamed('linux');
  } catch (error) {
    if (error instanceof TargetUnavailableError) return undefined;
    throw error;
  }
}

function prefixOf(
  trace: Trace,
  first: Divergence,
  target: ReplayTarget,
  kernel: ReplayTarget | undefined,
): ShortestPrefix {
  const shrunk = shrink(trace, first, target, kernel);
  const { steps } = shrunk.trace;
  const before = first.step + 1;
  const reference = steps.length < before ? kernel?.kernel : undefined;
  return {
    file: trace.file,
    trace: trace.id,
    steps: steps.map(({ record }) => record),
    before,
    reference,
    divergence: shrunk.divergence,
    script: scriptOf(shrunk.trace, steps.length - 1, remarks(shrunk, target, reference)),
  };
}

const whose = { sim: 'the simulated kernel', linux: 'the running kernel' } as const;

function remarks({ divergence }: Shrunk, target: ReplayTarget, reference: string | undefined): readonly string[] {
  const right = reference === undefined ? 'as the trace was recorded' : `on ${reference}`;
  return [
    `Of the last step, expected is what happens ${right}, got what ${whose[target.name]} answers:`,
    ...divergence.lines.slice(0, mostLines),
  ];
}

const mostLines = 10;
