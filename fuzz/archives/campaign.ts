import fc from 'fast-check';
import { linuxArenas, simArenas } from './arenas.ts';
import { archivesAreSafe } from './property.ts';
import { Tally } from './tally.ts';

/** What the main process asks for, and gets. */
export interface Campaign {
  readonly seed: number;
  readonly count: number;
  readonly host: 'sim' | 'linux';
  /** Leads to one counterexample, as a failure printed it. */
  readonly path?: string | undefined;
}

export type Report =
  | { readonly kind: 'alive'; readonly stacks: number; readonly heapBytes: number }
  | { readonly kind: 'end'; readonly tally: Tally; readonly failure: Failure | undefined };

export interface Failure {
  readonly path: string;
  /** The layers in the words of test/data/layers, and how the bytes were cut. */
  readonly counterexample: string;
  readonly why: string;
}

/** Stacks between two signs of life. */
const stride = 100;

async function run({ seed, count, host, path }: Campaign, send: (report: Report) => unknown): Promise<void> {
  const tally = new Tally();
  const kernel = host === 'linux' ? linuxArenas() : undefined;
  try {
    const property = archivesAreSafe(simArenas(), kernel, (outcome) => {
      tally.count(outcome);
      if (tally.stacks % stride === 0) send({ kind: 'alive', stacks: tally.stacks, heapBytes: heapBytes() });
    });
    const result = await fc.check(property, { seed, numRuns: count, ...(path === undefined ? {} : { path }) });
    const failure = result.failed
      ? {
          path: result.counterexamplePath ?? '',
          counterexample: JSON.stringify(result.counterexample),
          why: result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance),
        }
      : undefined;
    send({ kind: 'end', tally, failure });
  } finally {
    kernel?.end();
  }
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const [request = ''] = process.argv.slice(2);
await run(JSON.parse(request) as Campaign, (report) => process.send?.(report));
