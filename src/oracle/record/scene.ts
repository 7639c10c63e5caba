import type { Answer } from '../outcome.ts';
import type { HostRecord, OpRecord } from '../records.ts';
import type { Chance } from './chance.ts';

/** Times that a trace sets count up from here (seconds since 1970), so that each can be told from all others. */
const firstTime = 1_000_000_001;

/** Runs a record and keeps it, with what the kernel answered, in the trace. */
export type Run = (record: OpRecord | HostRecord) => Answer;

/** A trace in the making: its choices, the names that it has used, and the kernel that it happens on. */
export class Scene {
  readonly chance: Chance;
  readonly run: Run;
  /** Paths that were made at some time in any layer or the merged view, relative to its root. They may be gone again. */
  readonly paths: string[] = [];
  #names = 0;
  #times = 0;

  constructor(chance: Chance, run: Run) {
    this.chance = chance;
    this.run = run;
  }

  /** A name that no other entry of this trace has. */
  newName(): string {
    this.#names += 1;
    return `n${this.#names}`;
  }

  /** A time that no other entry of this trace has, in seconds. */
  newTime(): number {
    this.#times += 1;
    return firstTime + this.#times - 1;
  }

  /** Mostly one of the few names that all layers share, so that they meet; sometimes a new one. */
  name(): string {
    return this.chance.percent(80) ? this.chance.pick(sharedNames) : this.newName();
  }
}

const sharedNames: readonly string[] = ['a', 'b', 'c', 'd'];
