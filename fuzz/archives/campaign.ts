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

export type Report = { readonly kind: 'alive'; readonly stacks: number; readonly heapBytes: number } | EndReport;

export interface EndReport {
  readonly kind: 'end';
  readonly tally: Tally;
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly path: string;
  /** The layers in the words of test/data/layers, and how the bytes were cut. */
  readonly counterexample: string;
  readonly why: string;
}

/** Stacks between two signs of life. */
const stride = 100;

/** The end is told last of all: whoever waits for it then ends this process. */
async function run(campaign: Campaign, send: (report: Report) => unknown): Promise<void> {
  const kernel = campaign.host === 'linux' ? linuxArenas() : undefined;
  let end: Report;
  try {
    end = await searched(campaign, kernel, send);
  } finally {
    kernel?.end();
  }
  send(end);
}

async function searched(
  { seed, count, path }: Campaign,
  kernel: ReturnType<typeof linuxArenas> | undefined,
  send: (report: Report) => unknown,
): Promise<Report> {
  const tally = new Tally();
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
  return { kind: 'end', tally, failure };
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const [request = ''] = process.argv.slice(2);
await run(JSON.parse(request) as Campaign, (report) => process.send?.(report));
