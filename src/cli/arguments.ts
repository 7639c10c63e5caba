import type { ParsedOptions, OptionValues } from './options.ts';

/** What a command was called with. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: OptionValues;

  constructor({ positionals, values }: ParsedOptions) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** The n-th positional argument. The number of them has been checked: only an optional one can be missing. */
  get(index: number): string | undefined {
    return this.positionals[index];
  }

  /** A positional argument that the usage demands. */
  required(index: number): string {
    const value = this.positionals[index];
    if (value === undefined) throw new RangeError(`argument ${index} is not demanded by the usage`);
    return value;
  }

  text(option: string): string | undefined {
    const value = this.#values[option];
    return typeof value === 'string' ? value : undefined;
  }

  texts(option: string): readonly string[] {
    const value = this.#values[option];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  flag(option: string): boolean {
    return this.#values[option] === true;
  }
}
