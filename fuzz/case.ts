import type { Json, JsonObject } from '../src/oracle/schema.ts';
import type { ReplayTarget } from '../src/oracle/target.ts';

/** The two kernels of a run. */
export interface Kernels {
  readonly simulated: ReplayTarget;
  readonly real: ReplayTarget;
}

/** A kind of random case: the same number makes the same case on every machine. */
export interface CaseKind {
  readonly name: string;
  readonly run: (seed: number, kernels: Kernels) => CaseResult | Promise<CaseResult>;
}

/** A call that was made, and how it ended on the real kernel. */
export type Reached = readonly [call: string, outcome: string];

export interface CaseResult {
  readonly calls: readonly Reached[];
  readonly finding: Finding | undefined;
}

/** A case, as short as possible, that the kernels answer differently. */
export interface Finding {
  /** What differs, in words. */
  readonly lines: readonly string[];
  /** The ending of the file that keeps it: `jsonl` is a trace for `graphdriver replay`, `json` a program for the tests. */
  readonly ending: 'jsonl' | 'json';
  readonly records: readonly (JsonObject | Json)[];
}
