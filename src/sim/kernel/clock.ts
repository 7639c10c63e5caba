import type { Timestamp } from '../../host/stat.ts';
import type { Clock } from '../vfs/kernel.ts';

const second = 1_000_000_000;

/**
 * The clock of a simulated machine: every system call takes the same time, and sleeping moves it. What files see of it is cut
 * to a granularity, as a real kernel's files see the last tick.
 */
export class MachineClock implements Clock {
  #sec: number;
  #nsec: number;
  readonly #callNs: number;
  readonly #granularityNs: number;

  constructor(start: Timestamp, callNs: number, granularityNs: number) {
    this.#sec = start.sec;
    this.#nsec = start.nsec;
    this.#callNs = callNs;
    this.#granularityNs = granularityNs;
  }

  get sec(): number {
    return this.#sec;
  }

  get nsec(): number {
    return this.#granularityNs === 1 ? this.#nsec : this.#nsec - (this.#nsec % this.#granularityNs);
  }

  /** CLOCK_REALTIME. */
  now(): Timestamp {
    return { sec: this.#sec, nsec: this.#nsec };
  }

  /** One system call passes. */
  tick(): void {
    this.advance(this.#callNs);
  }

  /** Moves the clock by less than a day's nanoseconds, or any whole number of them that a double holds. */
  advance(nanoseconds: number): void {
    const nsec = this.#nsec + nanoseconds;
    this.#sec += Math.floor(nsec / second);
    this.#nsec = nsec % second;
  }
}
