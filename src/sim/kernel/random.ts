/** A random source that a seed decides (xoshiro128**). Not for secrets: for identifiers that must differ. */
export class RandomSource {
  readonly #state: Uint32Array;

  private constructor(state: Uint32Array) {
    this.#state = state;
  }

  static fromSeed(seed: number): RandomSource {
    // The state is filled by splitmix32, so that similar seeds give unlike numbers and none gives all zeros.
    let word = seed >>> 0;
    const state = Uint32Array.from({ length: 4 }, () => {
      word = (word + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    });
    return new RandomSource(state);
  }

  static fromState(state: readonly number[]): RandomSource {
    return new RandomSource(Uint32Array.from(state));
  }

  get state(): readonly number[] {
    return [...this.#state];
  }

  bytes(length: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(length / 4));
    for (let index = 0; index < words.length; index += 1) words[index] = this.word();
    return new Uint8Array(words.buffer, 0, length);
  }

  /** A whole number below 2^32. */
  word(): number {
    const state = this.#state;
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c = (state[2] ?? 0) ^ a;
    const d = (state[3] ?? 0) ^ b;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    state[0] = a ^ d;
    state[1] = b ^ c;
    state[2] = c ^ (b << 9);
    state[3] = rotate(d, 11);
    return result;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
