import type { Reached } from './case.ts';

/** Counts what a run has done: calls, and how each ended. */
export class Tally {
  readonly #calls = new Map<string, Map<string, number>>();
  #programs = 0;
  #total = 0;

  add(calls: readonly Reached[]): void {
    this.#programs += 1;
    this.#total += calls.length;
    for (const [call, outcome] of calls) {
      const outcomes = this.#calls.get(call) ?? new Map<string, number>();
      this.#calls.set(call, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
    }
  }

  get programs(): number {
    return this.#programs;
  }

  get calls(): number {
    return this.#total;
  }

  /** By call, how often it ended in which way. */
  get outcomes(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const sorted = [...this.#calls].sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(sorted.map(([call, outcomes]) => [call, Object.fromEntries([...outcomes].sort())]));
  }
}

/** `R1 R12 R97`, in order. */
export function inOrder(rules: Iterable<string>): readonly string[] {
  return [...new Set(rules)].sort((one, other) => Number(one.slice(1)) - Number(other.slice(1)));
}

/** A line for each call: its outcomes but for success. */
export function outcomeLines(outcomes: Tally['outcomes']): readonly string[] {
  return Object.entries(outcomes).map(([call, counts]) => {
    const errors = Object.keys(counts).filter((outcome) => outcome !== 'success');
    return `  ${call}: ${[...('success' in counts ? ['success'] : []), ...errors].join(' ')}`;
  });
}
