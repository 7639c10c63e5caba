import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keep } from '../../../fuzz/campaign.ts';
import type { Finding } from '../../../fuzz/case.ts';
import { traceKinds } from '../../../fuzz/traces.ts';
import { replayTrace } from '../../../src/oracle/replay.ts';
import { SimTarget } from '../../../src/oracle/sim-target.ts';
import type { ReplayTarget } from '../../../src/oracle/target.ts';
import { targetNamed } from '../../../src/oracle/targets.ts';
import { FaultyTarget } from '../../property/oracle/faulty-target.ts';
import { tracesOf } from '../../property/oracle/files.ts';
import { whyNotImitated } from '../linux-world.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: the long comparison of both kernels: ${why}`);

interface Report {
  readonly programs: number;
  readonly divergences: number;
  readonly rules: { readonly named: number; readonly reached: readonly string[]; readonly missed: readonly string[] };
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

describe.skipIf(why !== undefined)('fuzzing', () => {
  let real: ReplayTarget;
  let out = '';
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'graphdriver-fuzz-'));
    // It takes this thread, which runs nothing but this file.
    real = await targetNamed('linux');
  });
  afterAll(() => {
    real.close();
    rmSync(out, { recursive: true });
  });

  function fuzz(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
    const command = ['--import', 'tsx', 'fuzz/main.ts', '--out', out, ...args];
    return spawnSync(process.execPath, command, { encoding: 'utf8' });
  }

  test('tells what it ran and covered', () => {
    const { status, stderr } = fuzz('--minutes', '0.05', '--seed', '3', '--shard', '1/2');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    expect(report).toMatchObject({ seed: 3, shard: 1, shards: 2, divergences: 0 });
    expect(report.programs).toBeGreaterThan(5);
    expect(report.rules.reached.length + report.rules.missed.length).toBe(report.rules.named);
    expect(report.rules.reached.length).toBeGreaterThan(30);
    expect(report.outcomes.mkdir?.EEXIST).toBeGreaterThan(0);
  });

  test('keeps the shortest trace that shows a difference, to be replayed', async () => {
    const kernels = { simulated: new FaultyTarget(), real };
    const kind = traceKinds.find(({ name }) => name === 'random redirect_dir');
    const found: Finding[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const result = await kind?.run(seed, kernels);
      if (result?.finding !== undefined) found.push(result.finding);
    }
    expect(found.length).toBeGreaterThan(0);
    for (const [index, finding] of found.entries()) {
      const [trace] = await tracesOf(keep({ out }, `found-${index}`, finding));
      if (trace === undefined) throw new Error('the file holds no trace');
      expect(trace.steps.length).toBeLessThan(20);
      expect(replayTrace(trace, kernels.simulated).divergences.map(({ step }) => step)).toEqual([
        trace.steps.length - 1,
      ]);
      expect(replayTrace(trace, new SimTarget()).divergences).toEqual([]);
      expect(replayTrace(trace, real).divergences).toEqual([]);
    }
  });

  test.each([
    ['--minutes', '0'],
    ['--seed', 'x'],
    ['--shard', '2/2'],
  ])('refuses %s %s', (option, value) => {
    const { status, stderr } = fuzz(option, value);
    expect(stderr).toMatch(new RegExp(`^fuzz: ${option} ${value}: .*\n$`));
    expect(status).toBe(2);
  });
});
