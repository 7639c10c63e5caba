import { spawnSync } from 'node:child_process';

/** What a piece of work has cost, in seconds. */
export interface Cost {
  readonly processor: number;
  readonly wall: number;
}

/** One of those that do the same work in turn. `run` answers the cost of the work alone. */
export interface Runner {
  readonly name: string;
  readonly run: (round: number) => Promise<Cost>;
}

/** What each has cost, round by round. */
export type Costs = ReadonlyMap<string, readonly Cost[]>;

/** Lets all do their work, round after round. The first rounds, in which our code is compiled, do not count. */
export async function race(runners: readonly Runner[], rounds: number, warmUp = 2): Promise<Costs> {
  const costs = new Map(runners.map(({ name }) => [name, [] as Cost[]]));
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const { name, run } of runners) {
      const cost = await run(round);
      if (round >= warmUp) costs.get(name)?.push(cost);
    }
  }
  return costs;
}

/** The cost of work in this process, with its garbage collector. */
export async function measured(work: () => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(before);
  return { processor: (user + system) / 1e6, wall };
}

/** The cost of a tool that must succeed, its start-up included; what it writes to standard output is read by `cat`. */
export function measuredTool(program: string, ...args: readonly string[]): Cost {
  const script = 'set -o pipefail; TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>/dev/null; } | cat >/dev/null';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
  const [wall = NaN, user = NaN, system = NaN] = stderr.trim().split(' ').map(Number);
  return { processor: user + system, wall };
}

/** How many times the cost of `other` the cost of `name` is: the median over the rounds. */
export function ratio(costs: Costs, measure: keyof Cost, name: string, other: string): number {
  const others = costs.get(other) ?? [];
  return median((costs.get(name) ?? []).map((cost, round) => cost[measure] / (others[round]?.[measure] ?? NaN)));
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
