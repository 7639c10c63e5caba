/** A number that is open in no process, for descriptors that the trace closed or never opened: the kernel says EBADF. */
const neverOpen = -1;

/** The descriptors of one process: the trace's numbers for them, and the kernel's. */
export interface Descriptors {
  /** Takes in a descriptor that was just opened; answers the trace's number. */
  add(kernel: number): number;
  /** The kernel's number of a trace's. */
  kernel(traced: number): number;
  /** After a close that succeeded. */
  remove(traced: number): void;
  /** The kernel's numbers of all that are open. */
  open(): Iterable<number>;
}

/** Small numbers, counted from 0 and never reused: random and unionmount traces. */
export class CountedDescriptors implements Descriptors {
  readonly #open = new Map<number, number>();
  #next = 0;

  add(kernel: number): number {
    const traced = this.#next;
    this.#next += 1;
    this.#open.set(traced, kernel);
    return traced;
  }

  kernel(traced: number): number {
    return this.#open.get(traced) ?? neverOpen;
  }

  remove(traced: number): void {
    this.#open.delete(traced);
  }

  open(): Iterable<number> {
    return this.#open.values();
  }
}

/** A process's real numbers (posix traces) where the kernel gives others: the lowest that is free, as Linux does it. */
export class LowestFreeDescriptors implements Descriptors {
  readonly #open: (number | undefined)[] = [];

  add(kernel: number): number {
    const free = this.#open.indexOf(undefined);
    const traced = free < 0 ? this.#open.length : free;
    this.#open[traced] = kernel;
    return traced;
  }

  kernel(traced: number): number {
    return this.#open[traced] ?? neverOpen;
  }

  remove(traced: number): void {
    this.#open[traced] = undefined;
  }

  open(): Iterable<number> {
    return this.#open.filter((kernel) => kernel !== undefined);
  }
}

/** A process's real numbers (posix traces) where it has a table of its own: the kernel's are the trace's. */
export class OwnDescriptors implements Descriptors {
  readonly #open = new Set<number>();

  add(kernel: number): number {
    this.#open.add(kernel);
    return kernel;
  }

  kernel(traced: number): number {
    return traced;
  }

  remove(traced: number): void {
    this.#open.delete(traced);
  }

  open(): Iterable<number> {
    return this.#open;
  }
}
