import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import type { Campaign, EndReport, Report } from './campaign.ts';
import { Memory } from './memory.ts';

/*
 * npm run fuzz:archives -- --count N --seed S [--host sim|linux] [--path P]
 *
 * Unpacks random stacks of layer archives, damaged ones among them, and fails where anything outside their root changes, where
 * an error is not one of ours, where one takes too long or memory grows, where the two forms of unpacking disagree, or, with
 * --host linux, the simulator and the running kernel. --path repeats the one case that a failure printed.
 */

/** Seconds without a sign of life after which a stack counts as hanging: a hundred take about two. */
const hangSeconds = 120;
/** Bytes by which memory in use may grow from the first tenth of the run to its end. */
const growthMax = 32 << 20;

const help = `npm run fuzz:archives -- [OPTION…]: random stacks of layer archives, unpacked in both forms

  --count N   how many (1000)
  --seed S    a whole number (one of the clock's)
  --host H    sim, or linux: the simulator against the running kernel, as root (sim)
  --path P    the one case that a failure printed, with its seed

Ends with 1 where anything is wrong.`;

function campaignOf(args: readonly string[]): Campaign | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      host: { type: 'string', default: 'sim' },
      path: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { host, path } = values;
  if (host !== 'sim' && host !== 'linux') throw new Error(`--host ${host}: it must be sim or linux`);
  const count = wholeNumber('--count', values.count);
  if (count === 0) throw new Error('--count 0: it must be above 0');
  return { count, seed: wholeNumber('--seed', values.seed), host, path };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${option} ${text}: it must be a whole number`);
  return Number(text);
}

function run(campaign: Campaign): Promise<number> {
  console.log(`seed ${campaign.seed}, ${campaign.count} stacks of layers, host ${campaign.host}`);
  const child = fork(new URL('campaign.ts', import.meta.url), [JSON.stringify(campaign)], {
    serialization: 'advanced',
  });
  const started = process.hrtime.bigint();
  const memory = new Memory(campaign.count);
  return new Promise((resolve, reject) => {
    const end = (status: number): void => {
      clearTimeout(watchdog);
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      resolve(status);
    };
    const watchdog = setTimeout(() => {
      console.error(`hangs: no sign of life for ${hangSeconds} s after ${memory.stacks} stacks`);
      end(1);
    }, hangSeconds * 1000);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      reject(new Error(`the campaign ended by itself: ${code ?? signal ?? ''}`));
    });
    child.on('message', (report: Report) => {
      watchdog.refresh();
      if (report.kind === 'alive') memory.note(report.stacks, report.heapBytes);
      else end(conclude(campaign, report, memory, Number(process.hrtime.bigint() - started) / 1e9));
    });
  });
}

function conclude({ seed }: Campaign, { tally, failure }: EndReport, memory: Memory, seconds: number): number {
  for (const [reason, times] of [...tally.reasons].sort(([, a], [, b]) => b - a).slice(0, 40)) {
    console.log(`${String(times).padStart(8)}  ${reason}`);
  }
  const { stacks, accepted } = tally;
  console.log(`${stacks} stacks (${accepted} accepted, ${stacks - accepted} refused) in ${seconds.toFixed(0)} s`);
  console.log(`${(stacks / seconds).toFixed(0)} a second; memory ${memory.text}`);
  if (failure !== undefined) {
    console.error(`${failure.why}\nwith ${failure.counterexample}\nagain with --seed ${seed} --path ${failure.path}`);
    return 1;
  }
  if (memory.growth > growthMax) {
    console.error(`memory grew by ${memory.growth} bytes`);
    return 1;
  }
  return 0;
}

await runCommand({ name: 'fuzz:archives', help, requestOf: campaignOf, run });
