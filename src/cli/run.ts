import { Arguments } from './arguments.ts';
import { operandCount, useOf, type Command } from './command.ts';
import { commands } from './commands/table.ts';
import { CommandContext } from './context.ts';
import { globalOptions, globalOptionsOf } from './global-options.ts';
import {
  firstPositional,
  parseOptions,
  type OptionDefinition,
  type OptionDefinitions,
  type OptionValues,
  type ParsedOptions,
} from './options.ts';
import { OutputClosedError } from './output.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** What the process ends with: 0 done, 1 failed or differences found, 2 wrong usage. */
export type Status = 0 | 1 | 2;

/** Runs one command line, without the program's name. Everything that can go wrong becomes a line on stderr and a status. */
export async function run(args: readonly string[], world: World): Promise<Status> {
  let named: Command | undefined;
  try {
    const at = firstPositional(args, globalOptions);
    const before = parseOptions(args.slice(0, at), globalOptions);
    named = commandNamed(args[at]);
    return await dispatch(named, args, at, new Arguments(before), world);
  } catch (error) {
    return report(error, named, world);
  }
}

function commandNamed(name: string | undefined): Command | undefined {
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  return command;
}

async function dispatch(
  command: Command | undefined,
  args: readonly string[],
  at: number,
  before: Arguments,
  world: World,
): Promise<Status> {
  if (command === undefined) return withoutCommand(before, world);
  const own = { ...withoutClashes(command), ...command.options };
  const merged = mergeOptions(args.slice(0, at), args.slice(at + 1), own);
  checkOptions(command, merged, own);
  const parsed = new Arguments(merged);
  if (parsed.flag('help')) return print(world, (await import('./help.ts')).commandHelp(command));
  if (parsed.flag('version')) return print(world, await versionLine());
  checkOperands(command, parsed.positionals);
  return runCommand(command, parsed, world);
}

async function withoutCommand(args: Arguments, world: World): Promise<Status> {
  if (args.flag('version')) return print(world, await versionLine());
  if (!args.flag('help')) throw new UsageError('which command?');
  return print(world, (await import('./help.ts')).generalHelp(commands));
}

async function print({ stdout }: World, text: string): Promise<Status> {
  await stdout.write(text);
  return 0;
}

async function versionLine(): Promise<string> {
  return `graphdriver ${await (await import('./version.ts')).version()}\n`;
}

/** After its name, a letter that a command uses itself is the command's. */
function withoutClashes(command: Command): OptionDefinitions {
  const letters = new Set(Object.values(command.options).map(({ short }) => short));
  return Object.fromEntries(
    Object.entries(globalOptionsOf(command)).map(([name, option]) => {
      const { short, ...rest }: OptionDefinition = option;
      return [name, short !== undefined && letters.has(short) ? rest : option];
    }),
  );
}

/** The options before the command's name and those after it, as if they had been written together. */
function mergeOptions(
  before: readonly string[],
  after: readonly string[],
  definitions: OptionDefinitions,
): ParsedOptions {
  const first = parseOptions(before, globalOptions).values;
  const { values, positionals } = parseOptions(after, definitions);
  const merged = Object.entries(values).map(([name, value]) => {
    const earlier = first[name];
    return [name, isList(value) && isList(earlier) ? [...earlier, ...value] : value] as const;
  });
  return { values: { ...first, ...Object.fromEntries(merged) }, positionals };
}

function isList(value: OptionValues[string]): value is readonly (string | boolean)[] {
  return Array.isArray(value);
}

/** Options before the command's name are not known to be wrong until that is. */
function checkOptions({ name }: Command, { values }: ParsedOptions, known: OptionDefinitions): void {
  const unknown = Object.keys(values).find((option) => !Object.hasOwn(known, option));
  if (unknown !== undefined) throw new UsageError(`${name} takes no --${unknown}`);
}

function checkOperands(command: Command, positionals: readonly string[]): void {
  const { min, max } = operandCount(command);
  if (positionals.length < min) throw new UsageError(`${command.name} needs ${command.operands}`);
  if (positionals.length <= max) return;
  const extra = JSON.stringify(positionals[max]);
  throw new UsageError(`${command.name} takes ${command.operands || 'no arguments'}; ${extra} is too much`);
}

async function runCommand(command: Command, args: Arguments, world: World): Promise<Status> {
  const controller = new AbortController();
  world.onInterrupt((signal) => {
    controller.abort(new Error(`stopped by ${signal}`));
  });
  const execute = await command.load();
  const context = new CommandContext(world, useOf(command, args), args, controller.signal);
  try {
    return await execute(context, args);
  } finally {
    await context.close();
  }
}

async function report(error: unknown, command: Command | undefined, { stderr, environment }: World): Promise<Status> {
  if (error instanceof OutputClosedError) return 1;
  const name = command === undefined ? 'graphdriver' : `graphdriver ${command.name}`;
  if (error instanceof UsageError) {
    await stderr.write(`${name}: ${error.message}; see \`${name} --help\`\n`).catch(ignoreClosed);
    return 2;
  }
  const { describeError } = await import('./describe-error.ts');
  const stack =
    environment.GRAPHDRIVER_DEBUG === undefined || !(error instanceof Error) ? '' : `${error.stack ?? ''}\n`;
  await stderr.write(`${name}: ${describeError(error)}\n${stack}`).catch(ignoreClosed);
  return 1;
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof OutputClosedError)) throw error;
}
