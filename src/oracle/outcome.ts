import { errorName } from './names.ts';
import type { Json } from './schema.ts';

/** What a kernel answered to one record, in the words of the format: a result, the name of an error, or neither. */
export interface Answer {
  readonly r?: Json;
  readonly e?: string;
  /** Of opendir: the descriptor that the handle occupies. */
  readonly fd?: number;
  /** Of fsmount: the index of the key that failed, or the step. */
  readonly stage?: number | 'create' | 'mount' | 'attach';
}

/** Success without a value. */
export const done: Answer = Object.freeze({});

const failures = new Map<number, Answer>();

/** The failure that a negative answer of a system call is. */
export function failure(answer: number): Answer {
  let known = failures.get(answer);
  if (known === undefined) failures.set(answer, (known = Object.freeze({ e: errorName(answer) })));
  return known;
}

/** Of a call that answers nothing but whether it worked. */
export function statusOf(answer: number): Answer {
  return answer < 0 ? failure(answer) : done;
}

/** Of a call that answers a number. */
export function numberOf(answer: number): Answer {
  return answer < 0 ? failure(answer) : { r: answer };
}
