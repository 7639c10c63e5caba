/** A suite of benchmarks: a module that exports these three. */
export interface Suite {
  readonly name: string;
  /** One line: what is compared with what. */
  readonly description: string;
  readonly run: (conditions: Conditions) => Promise<readonly Figure[]>;
}

/** How a suite is to run. */
export interface Conditions {
  /** How often each side of a comparison is measured, in turn with the others. */
  readonly rounds: number;
  /** The least processor time that one measurement takes, in milliseconds. */
  readonly milliseconds: number;
  /** Says to people, but not into the results, what is left out or under way. */
  readonly note: (text: string) => void;
}

/** One number: a row of the table, a column of it, and what is measured. */
export interface Figure {
  readonly what: string;
  readonly measure: string;
  readonly value: number;
  /** `×` is a ratio: how many times the cost of what the column names. */
  readonly unit: Unit;
}

export type Unit = 'ns' | '×' | 's' | 'MiB' | 'MiB/s' | '1/s';
