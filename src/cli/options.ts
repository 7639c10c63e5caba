import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error.ts';

/** An option of the command line, with what the help says of it. */
export interface OptionDefinition {
  readonly short?: string;
  /** What the value is called in the help; without it the option has none. */
  readonly value?: string;
  /** Whether it may come more than once. */
  readonly multiple?: boolean;
  readonly help: string;
}

export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;

/** What an option was given. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface ParsedOptions {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

/** Where the first argument that is no option stands; the length where there is none. */
export function firstPositional(args: readonly string[], definitions: OptionDefinitions): number {
  const { tokens } = parseArgs({ args: [...args], options: configOf(definitions), strict: false, tokens: true });
  return tokens.find((token) => token.kind === 'positional')?.index ?? args.length;
}

/** @throws UsageError for an option that is not defined, has no value or should have none */
export function parseOptions(args: readonly string[], definitions: OptionDefinitions): ParsedOptions {
  try {
    return parseArgs({ args: [...args], options: configOf(definitions), allowPositionals: true });
  } catch (error) {
    throw new UsageError(firstSentence(error instanceof Error ? error.message : String(error)));
  }
}

function configOf(definitions: OptionDefinitions): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { short, value, multiple }]) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        ...(short === undefined ? {} : { short }),
        ...(multiple === undefined ? {} : { multiple }),
      } as const,
    ]),
  );
}

/** Node's messages go on with advice about `--`. */
function firstSentence(message: string): string {
  return (/^[^\n]*?(?=\. |\n|$)/.exec(message)?.[0] ?? message).replace(/\.$/, '');
}
