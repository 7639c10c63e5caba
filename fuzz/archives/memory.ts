/** Memory in use after a tenth of the run, when all code is loaded, and at its end. */
export class Memory {
  readonly #count: number;
  #first: number | undefined;
  #last = 0;
  stacks = 0;

  constructor(count: number) {
    this.#count = count;
  }

  note(stacks: number, bytes: number): void {
    this.stacks = stacks;
    if (stacks >= this.#count / 10) this.#first ??= bytes;
    this.#last = bytes;
  }

  get growth(): number {
    return this.#last - (this.#first ?? this.#last);
  }

  get text(): string {
    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    return `${mebibytes(this.#first ?? this.#last)} after a tenth, ${mebibytes(this.#last)} at the end`;
  }
}
