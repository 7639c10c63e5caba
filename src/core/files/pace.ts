import type { System } from '../../host/index.ts';

/** Steps between two turns of the event loop: a fraction of a millisecond of system calls. */
const stepsPerTurn = 512;

/** Lets long loops over synchronous calls give the event loop a turn now and then. */
export class Pace {
  readonly #system: System;
  #steps = 0;

  constructor(system: System) {
    this.#system = system;
  }

  /** Counts so many steps; the promise to wait for is there only when a turn is due. */
  step(count = 1): Promise<void> | undefined {
    this.#steps += count;
    if (this.#steps < stepsPerTurn) return undefined;
    this.#steps = 0;
    return this.#system.sleep(0);
  }
}
