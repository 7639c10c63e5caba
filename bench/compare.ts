import type { Conditions } from './suite.ts';

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Does the work so many times. */
  readonly run: (times: number) => void | Promise<void>;
  /** What must be done before each measurement and does not count. */
  readonly prepare?: () => void | Promise<void>;
  /** The most that `run` can be asked for after one `prepare`; without it there is no limit. */
  readonly most?: number;
}

/** What came of a comparison. All are medians over the rounds. */
export interface Comparison {
  /** Processor time of one piece of work, in nanoseconds. */
  readonly nanoseconds: (name: string) => number;
  /** How many times the cost of `other` the cost of `name` is: the median of the rounds' ratios. */
  readonly ratio: (name: string, other: string) => number;
}

/**
 * Measures contenders in turn, round after round, so that whatever disturbs the machine disturbs all of them. What counts is
 * the processor time of this process, user and system: other processes do not appear in it.
 */
export async function compare(contenders: readonly Contender[], conditions: Conditions): Promise<Comparison> {
  const times: number[] = [];
  for (const contender of contenders) times.push(await calibrate(contender, conditions.milliseconds));
  const costs = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < conditions.rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const count = times[index] ?? 1;
      costs.get(contender.name)?.push((await measure(contender, count)) / count);
    }
  }
  return comparisonOf(costs);
}

function comparisonOf(costs: ReadonlyMap<string, readonly number[]>): Comparison {
  const of = (name: string): readonly number[] => {
    const found = costs.get(name);
    if (found === undefined) throw new RangeError(`nothing called ${name} was measured`);
    return found;
  };
  return {
    nanoseconds: (name) => median(of(name)),
    ratio(name, other) {
      const others = of(other);
      return median(of(name).map((cost, round) => cost / (others[round] ?? Number.NaN)));
    },
  };
}

/** How much longer than one measurement the work goes on before it counts, until its code has been compiled. */
const warmUp = 20;

/** How often the work is done in one measurement. */
async function calibrate(contender: Contender, milliseconds: number): Promise<number> {
  const { most = Infinity } = contender;
  const wanted = milliseconds * 1e6;
  let times = 1;
  for (let spent = 0; spent < wanted * warmUp;) {
    const nanoseconds = await measure(contender, times);
    spent += nanoseconds;
    if (nanoseconds < wanted) times = Math.min(times * 2, most);
  }
  return times;
}

/** The processor time of doing the work so many times, in nanoseconds. */
async function measure(contender: Contender, times: number): Promise<number> {
  await contender.prepare?.();
  const before = process.cpuUsage();
  await contender.run(times);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
