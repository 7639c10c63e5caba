import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackingFilesystem } from '../src/oracle/names.ts';
import { Chance } from '../src/oracle/record/chance.ts';
import { targetNamed } from '../src/oracle/targets.ts';
import { namespace } from '../test/privileged/user-namespace/mapped-programs.ts';
import type { Finding } from './case.ts';
import type { Coverage } from './coverage.ts';
import { mappedKinds } from './mapped-ids.ts';
import { programKinds } from './programs.ts';
import { inOrder, outcomeLines, Tally } from './report.ts';
import { ruleSites } from './rules.ts';
import { randomKinds, traceKinds } from './traces.ts';

/** A run, or one shard of it: how long, from which seed, and the directory for what it finds. */
export interface FuzzRequest {
  readonly minutes: number;
  readonly seed: number;
  readonly shard: number;
  readonly shards: number;
  readonly out: string;
  /** What layers lie on. On a filesystem of a disk there are random traces only, the other cases being about tmpfs. */
  readonly filesystem: BackingFilesystem;
}

/** What a run has come to. */
export interface Campaign {
  readonly report: { readonly divergences: number } & Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

const mostSeed = 2 ** 31 - 1;

/** Runs the cases of a shard until the time is over, keeps what differs in `out`, and tells what was covered. */
export async function campaign(request: FuzzRequest, src: string, coverage: Coverage): Promise<Campaign> {
  const { minutes, seed, shard, shards, filesystem } = request;
  const whyUnmapped = namespace.why();
  const onTmpfs = [...traceKinds, ...programKinds, ...(whyUnmapped === undefined ? mappedKinds : [])];
  const kinds = filesystem === 'tmpfs' ? onTmpfs : randomKinds(filesystem);
  const kernels = { simulated: await targetNamed('sim'), real: await targetNamed('linux') };
  const tally = new Tally();
  const kept: string[] = [];
  const start = performance.now();
  const end = start + minutes * 60_000;
  for (let turn = 0; performance.now() < end; turn += 1) {
    // Each kind in its turn; a number that no other case of any shard has.
    const kind = kinds[turn % kinds.length];
    if (kind === undefined) break;
    const number = turn * shards + shard;
    const caseSeed = new Chance(`${seed}/${number}`).below(mostSeed);
    const { calls, finding } = await kind.run(caseSeed, kernels);
    tally.add(calls);
    if (finding !== undefined) kept.push(keep(request, `${kind.name.replace(/\W+/g, '-')}-${caseSeed}`, finding));
  }
  const seconds = (performance.now() - start) / 1000;
  const { kernel } = kernels.real;
  kernels.real.close();
  kernels.simulated.close();
  const sites = ruleSites(src, 'sim');
  const named = inOrder(sites.flatMap(({ rules }) => rules));
  const reached = inOrder(coverage.reached(src, sites).flatMap(({ rules }) => rules));
  const missed = named.filter((rule) => !reached.includes(rule));
  const { programs, calls, outcomes } = tally;
  const rate = Math.round(calls / seconds);
  return {
    report: {
      ...{
        kernel,
        filesystem,
        seed,
        shard,
        shards,
        seconds,
        programs,
        calls,
        callsPerSecond: rate,
        divergences: kept.length,
        kept,
      },
      rules: { named: named.length, reached, missed },
      outcomes,
    },
    lines: [
      'How calls ended on the running kernel:',
      ...outcomeLines(outcomes),
      `Rules that functions of src/sim name: ${named.length}, of which ${reached.length} were run`,
      ...(missed.length === 0 ? [] : [`  not run: ${missed.join(' ')}`]),
      ...(whyUnmapped === undefined ? [] : [`left out: user namespaces: ${whyUnmapped}`]),
      ...kept.map((file) => `kept: ${file}`),
      `${kernel}, seed ${seed}, shard ${shard}/${shards}: ${programs} programs, ${calls} calls in ${seconds.toFixed(0)} s` +
        ` (${rate}/s), ${kept.length} divergences`,
    ],
  };
}

/** Writes what was found into the directory of the run; answers the file. */
export function keep({ out }: Pick<FuzzRequest, 'out'>, name: string, { ending, records, lines }: Finding): string {
  mkdirSync(out, { recursive: true });
  const file = join(out, `${name}.${ending}`);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  console.log([`${file} diverges:`, ...lines.slice(0, 10).map((line) => `    ${line}`)].join('\n'));
  return file;
}
