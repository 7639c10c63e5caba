import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { scriptOf } from '../../../src/oracle/script/script.ts';
import type { Trace } from '../../../src/oracle/trace-reader.ts';
import { recordedTrace, traceFiles, tracesOf } from '../../property/oracle/files.ts';
import { whyNotImitated } from '../linux-world.ts';

const why = whyNotImitated();
if (why !== undefined) console.warn(`SKIPPED: traces on this kernel (script): ${why}`);

const files = traceFiles();

/** What a script printed of one step. */
interface Printed {
  readonly step: string;
  readonly traced: string;
  readonly here: string;
}

async function runScript(name: string, ordinal: number): Promise<readonly Printed[]> {
  const trace = (await tracesOf(recordedTrace(name)))[ordinal];
  if (trace === undefined) throw new Error(`${name} has no trace ${ordinal}`);
  const script = files.write(`${name}-${ordinal}.sh`, scriptOf(trace, lastStep(trace), ['For a test.']));
  const { status, stdout, stderr } = spawnSync('sh', [script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return [...stdout.matchAll(/^(.*)\n {4}trace: (.*)\n {4}here: {2}(.*)$/gm)].map(
    ([, step = '', traced = '', here = '']) => ({ step, traced, here }),
  );
}

/** Some way into the operations: each part of a script in Python starts an interpreter. */
function lastStep({ header, steps }: Trace): number {
  const first = header.suite === 'mounts' ? 0 : steps.findIndex(({ record }) => record.t === 'op');
  return Math.min(first + 100, steps.length - 1);
}

/** Whether a step did what the trace says, as far as its kind of output tells. */
function agrees({ traced, here }: Printed): boolean {
  const failed = /^E[A-Z0-9]+$/.test(traced);
  if (here.startsWith('success') || here.startsWith('failure')) return failed === here.startsWith('failure');
  return failed ? here === traced : !/^E[A-Z0-9]+$/.test(here);
}

describe.skipIf(why !== undefined)('the shell script of a trace', () => {
  it.each([
    ['random-default', 3, 40],
    ['random-userxattr', 0, 40],
    ['random-data-only', 0, 60],
    ['random-nested', 1, 60],
    ['unionmount-ov10', 0, 60],
    ['mounts', 1, 80],
    ['posix-ov-lower-permissions', 1, 30],
    ['posix-ov-upper-permissions', 0, 40],
    ['posix-plain-rmdir', 0, 40],
  ])('of %s, trace %d, does on the running kernel what the trace says', async (name, ordinal, atLeast) => {
    const printed = await runScript(name, ordinal);
    expect(printed.length).toBeGreaterThanOrEqual(atLeast);
    expect(printed.filter((step) => !agrees(step))).toEqual([]);
  });
});
