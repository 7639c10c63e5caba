/**
 * `npm run fuzz -- --minutes N [--seed S] [--shard i/n] [--filesystem FS] [--out DIR]`, as root: random cases on the simulated
 * and on the running kernel until the time is over. Seed, shard, filesystem and commit determine every case. Ends with 1 where
 * the kernels differ, 2 for wrong usage. See docs/fuzzing.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backingFilesystems } from '../src/oracle/names.ts';
import { runCommand } from './command.ts';
import { Coverage } from './coverage.ts';
import type { FuzzRequest } from './campaign.ts';

const src = join(import.meta.dirname, '../src');

const help = `npm run fuzz -- [OPTION…]: random cases on the simulated and on the running kernel, as root

  --minutes N      how long (1)
  --seed S         a whole number (0); seed, shard, filesystem and commit determine every case
  --shard i/n      the cases of one of n runs, which need nothing from one another (0/1)
  --filesystem FS  what layers lie on: ${backingFilesystems.join(', ')} (tmpfs)
  --out DIR        where report.json and what differs are written (fuzz-out)

Ends with 1 where the kernels differ; docs/fuzzing.md tells more.`;

function requestOf(args: readonly string[]): FuzzRequest | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '0' },
      shard: { type: 'string', default: '0/1' },
      filesystem: { type: 'string', default: 'tmpfs' },
      out: { type: 'string', default: 'fuzz-out' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: it must be a number above 0`);
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed ${values.seed}: it must be a whole number`);
  const [, shard = '', shards = ''] = /^(\d+)\/(\d+)$/.exec(values.shard) ?? [];
  if (shards === '' || Number(shard) >= Number(shards))
    throw new Error(`--shard ${values.shard}: i/n, i from 0 to n-1`);
  const filesystem = backingFilesystems.find((known) => known === values.filesystem);
  if (filesystem === undefined)
    throw new Error(`--filesystem ${values.filesystem}: it must be one of ${backingFilesystems.join(', ')}`);
  return {
    minutes,
    filesystem,
    seed: Number(values.seed),
    shard: Number(shard),
    shards: Number(shards),
    out: values.out,
  };
}

async function fuzz(request: FuzzRequest): Promise<number> {
  const coverage = new Coverage();
  // Before the simulator is loaded.
  coverage.start();
  const { campaign } = await import('./campaign.ts');
  const { report, lines } = await campaign(request, src, coverage);
  mkdirSync(request.out, { recursive: true });
  writeFileSync(join(request.out, 'report.json'), `${JSON.stringify({ commit: commit(), ...report }, undefined, 1)}\n`);
  console.log(lines.join('\n'));
  return report.divergences === 0 ? 0 : 1;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: src, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

await runCommand({ name: 'fuzz', help, requestOf, run: fuzz });
