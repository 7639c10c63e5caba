import type { Bench } from './bench.ts';

/** Who may mount: root of the machine, or root of a user namespace only. */
export type Mounter = 'root' | 'user-namespace';

/** One rule of shared/spec/overlayfs-semantics.md as a program. */
export interface Rule {
  /** The number in the specification. */
  readonly number: number;
  readonly title: string;
  /** Throws an AssertionError where the kernel does something else. */
  readonly check: (bench: Bench) => void;
  readonly mounter: Mounter;
}

export function rule(number: number, title: string, check: Rule['check'], mounter: Mounter = 'root'): Rule {
  return { number, title, check, mounter };
}

/** `R96 Parents are copied up first`. */
export function ruleName({ number, title }: Rule): string {
  return `R${number} ${title}`;
}
