import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands/table.ts';
import { graphdriver } from './command-line.ts';

// What is written wrongly is status 2 and one line that says what; help is there for everything.

describe('wrong usage', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /which command\?/],
    ['an unknown command', ['frobnicate'], /there is no command "frobnicate"/],
    ['an unknown option', ['--frob', 'list'], /Unknown option '--frob'/],
    ['an unknown option of a command', ['list', '--frob'], /Unknown option '--frob'/],
    ["another command's option", ['list', '--parent', 'x'], /Unknown option '--parent'/],
    ['an option without its value', ['diff', 'x', '-o'], /argument missing|expects|ambiguous/i],
    ['a value for a flag', ['list', '--json=yes'], /does not take an argument/],
    ['too few arguments', ['create'], /create needs ID/],
    ['too few for load', ['load', '--json'], /load needs IMAGE/],
    ['too many arguments', ['mount', 'a', 'b'], /mount takes ID; "b" is too much/],
    ['too many where none belong', ['list', 'a'], /list takes no arguments; "a" is too much/],
    ['three where two may be', ['apply', 'a', 'b', 'c'], /"c" is too much/],
    ['an unknown host', ['--host', 'windows', 'list'], /--host windows: it must be auto, linux, sim or sim:FILE/],
    ['a simulator without its file', ['list', '--host', 'sim:'], /--host sim:: it must be/],
    [
      'an unknown kernel',
      ['--host', 'sim', '--kernel', '2.4', 'list'],
      /--kernel 2\.4: there is no such kernel; there are linux-6\.18, /,
    ],
    [
      'a kernel of no simulated machine',
      ['--kernel', 'linux-5.10', 'list'],
      /--kernel linux-5\.10: only a simulated machine/,
    ],
    ['no platform', ['load', 'x', '--platform', 'amd64'], /"amd64" is no platform/],
  ])('%s', async (_name, args, text) => {
    const { status, stdout, stderr } = await graphdriver(args);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^graphdriver.*; see `graphdriver.* --help`\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

describe('help', () => {
  test('names every command', async () => {
    const { status, stdout } = await graphdriver(['--help']);
    expect(status).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toContain(`  ${name} `);
      expect(stdout).toContain(summary);
    }
  });

  test.each(commands.map(({ name }) => name))('of %s shows its usage and options', async (name) => {
    const { status, stdout } = await graphdriver([name, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: graphdriver ${name}`));
    const command = commands.find((each) => each.name === name);
    for (const option of Object.keys(command?.options ?? {})) expect(stdout).toContain(`--${option}`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(140);
    expect((await graphdriver(['--help', name])).stdout).toBe(stdout);
  });

  test('every command has its code', async () => {
    for (const command of commands) expect(typeof (await command.load())).toBe('function');
  });

  test('-o is the output of diff, and a driver option elsewhere', async () => {
    expect((await graphdriver(['diff', '--help'])).stdout).not.toContain('-o, --option');
    expect((await graphdriver(['mount', '--help'])).stdout).toContain('-o, --option');
  });
});

test('the version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect((await graphdriver(['--version'])).stdout).toBe(`graphdriver ${version}\n`);
  expect((await graphdriver(['list', '--version'])).stdout).toBe(`graphdriver ${version}\n`);
});
