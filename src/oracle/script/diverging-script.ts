import { replayTrace, type Divergence } from '../replay.ts';
import { shrink, type Shrunk } from '../shrink.ts';
import type { ReplayTarget } from '../target.ts';
import { targetNamed, TargetUnavailableError, type TargetName } from '../targets.ts';
import { readTraces, type Trace } from '../trace-reader.ts';
import { scriptOf } from './script.ts';

/** What to make a script of: the first divergence in these files. */
export interface ScriptRequest {
  readonly paths: readonly string[];
  readonly target: TargetName;
  readonly only: string | undefined;
}

/**
 * A shell script that shows on a real machine what the first diverging trace says, up to the step where the target answers
 * something else; as short as possible. `undefined` where nothing diverges. Takes the calling thread where the real kernel
 * can be asked. Throws what readTraces throws, and TargetUnavailableError.
 */
export async function divergingScript(request: ScriptRequest): Promise<string | undefined> {
  const target = await targetNamed(request.target);
  try {
    const found = await firstDivergence(request, target);
    return found === undefined ? undefined : await shortScript(found.trace, found.divergence, target);
  } finally {
    target.close();
  }
}

async function firstDivergence({ paths, only }: ScriptRequest, target: ReplayTarget): Promise<Shrunk | undefined> {
  for (const path of paths) {
    for await (const trace of readTraces(path, (id) => only === undefined || id === only)) {
      const [divergence] = replayTrace(trace, target, 'stop-at-first').divergences;
      if (divergence !== undefined) return { trace, divergence };
    }
  }
  return undefined;
}

async function shortScript(trace: Trace, divergence: Divergence, target: ReplayTarget): Promise<string> {
  const reference = target.name === 'sim' ? await realKernelIfAny() : undefined;
  try {
    const shrunk = shrink(trace, divergence, target, reference);
    return scriptOf(shrunk.trace, shrunk.trace.steps.length - 1, remarks(shrunk, target, reference));
  } finally {
    reference?.close();
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

const whose = { sim: 'the simulated kernel', linux: 'the running kernel' } as const;

function remarks({ divergence }: Shrunk, target: ReplayTarget, reference: ReplayTarget | undefined): readonly string[] {
  const right = reference === undefined ? 'as the trace was recorded' : `on ${reference.kernel}`;
  return [
    `Of the last step, expected is what happens ${right}, got what ${whose[target.name]} answers:`,
    ...divergence.lines.slice(0, mostLines),
    ...(reference === undefined
      ? ['No step before it was left out, for no real kernel could be asked what is right then.']
      : []),
  ];
}

const mostLines = 10;
