import type { Arguments } from './arguments.ts';
import type { CommandContext } from './context.ts';
import type { HostUse } from './hosts/choice.ts';
import type { OptionDefinitions } from './options.ts';

/** 0 done, 1 failed or differences found. Wrong usage is 2, and thrown as UsageError. */
export type ExitStatus = 0 | 1;

/** Runs a command. */
export type CommandRun = (context: CommandContext, args: Arguments) => Promise<ExitStatus>;

/** One row of the table of commands. */
export interface Command {
  readonly name: string;
  /** The positional arguments, as the usage line shows them: `ID [TAR|-]`, `TRACE…`. */
  readonly operands: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More for the command's own help. */
  readonly details?: string;
  readonly options: OptionDefinitions;
  /** Whether it may change layers or mounts; `none` opens no driver, and takes no options for one. */
  readonly use: HostUse | 'none';
  /** An option with which a command that otherwise reads changes something. */
  readonly changesWith?: string;
  /** Loads the code: a command that is not called costs nothing. */
  readonly load: () => Promise<CommandRun>;
}

/** What a command does with its machine when it is called with these options. */
export function useOf({ use, changesWith }: Command, args: Arguments): Command['use'] {
  return changesWith !== undefined && args.flag(changesWith) ? 'change' : use;
}

/** How many positional arguments a command takes, from its operands. */
export function operandCount({ operands }: Command): { readonly min: number; readonly max: number } {
  const words = operands === '' ? [] : operands.split(' ');
  const optional = words.filter((word) => word.startsWith('['));
  const endless = words.some((word) => word.endsWith('…'));
  return { min: words.length - optional.length, max: endless ? Infinity : words.length };
}
