import type { Command } from './command.ts';
import { globalOptions, globalOptionsOf } from './global-options.ts';
import type { OptionDefinitions } from './options.ts';

/** Of the left column, and of a line of usage. */
const width = 28;
const lineWidth = 110;

/** `graphdriver --help`. */
export function generalHelp(commands: readonly Command[]): string {
  return [
    "graphdriver: Docker's graph drivers, on this Linux kernel or on a simulated one",
    '',
    'Usage: graphdriver [OPTIONS] COMMAND …',
    '',
    'Commands:',
    ...commands.map((command) => row(`${command.name} ${command.operands}`, command.summary)),
    '',
    'Options, before or after the command:',
    ...optionRows(globalOptions),
    '',
    ...hostHelp,
    '',
    'An ID that is a digest may be cut to four digits or more, if no other layer begins with them.',
    'Exit status: 0 done, 1 failed or differences found, 2 wrong usage.',
    '`graphdriver COMMAND --help` says more.',
    '',
  ].join('\n');
}

const hostHelp = [
  'Hosts:',
  row('auto', 'this kernel where it lets overlay be mounted (as root, or in a user namespace), else the simulator'),
  row('linux', 'this kernel; where overlay cannot be mounted, with the driver vfs, which needs no privileges'),
  row('sim', 'a simulated machine that lives as long as the command; with --driver aufs one whose kernel has it'),
  row('sim:FILE', 'a simulated machine that is kept in FILE; it is made when FILE does not exist'),
  'Images, archives and `-o FILE` of commands are files of this machine, whichever host is used.',
  '',
  'Without --root the layers are in /var/lib/graphdriver for root and in simulated machines, and in',
  '$XDG_DATA_HOME/graphdriver (~/.local/share/graphdriver) for everybody else.',
];

/** `graphdriver COMMAND --help`. */
export function commandHelp(command: Command): string {
  const own = optionRows(command.options);
  return [
    usageLine(command),
    '',
    `${command.summary}.`,
    ...(command.details === undefined ? [] : ['', command.details]),
    ...(own.length === 0 ? [] : ['', 'Options:', ...own]),
    '',
    'Options of all commands:',
    ...optionRows(globalOptionsOf(command)).filter((line) => !own.some((mine) => sameShort(mine, line))),
    '',
  ].join('\n');
}

/** `Usage: graphdriver diff ID [--parent P] [-o FILE]`, on as many lines as it needs. */
function usageLine({ name, operands, options }: Command): string {
  const shown = Object.entries(options).map(([option, { short, value }]) => {
    const dashed = short === undefined ? `--${option}` : `-${short}`;
    return `[${value === undefined ? dashed : `${dashed} ${value}`}]`;
  });
  const called = ['Usage: graphdriver', name, operands].filter((part) => part !== '').join(' ');
  return wrapped(called, shown);
}

function wrapped(first: string, parts: readonly string[]): string {
  const lines = [first];
  for (const part of parts) {
    const line = `${lines.at(-1) ?? ''} ${part}`;
    if (line.length <= lineWidth) lines[lines.length - 1] = line;
    else lines.push(`${' '.repeat(first.length)} ${part}`);
  }
  return lines.join('\n');
}

function optionRows(options: OptionDefinitions): readonly string[] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const dashed = short === undefined ? `    --${name}` : `-${short}, --${name}`;
    return row(value === undefined ? dashed : `${dashed} ${value}`, help);
  });
}

function row(left: string, right: string): string {
  return left.length < width ? `  ${left.padEnd(width)}${right}` : `  ${left}\n  ${' '.repeat(width)}${right}`;
}

/** A command may use a letter of the common options for itself, as `diff` does with `-o`. */
function sameShort(mine: string, common: string): boolean {
  const letter = /^ {2}(-\w),/.exec(mine)?.[1];
  return letter !== undefined && common.startsWith(`  ${letter},`);
}
