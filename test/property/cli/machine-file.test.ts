import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, lstatSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MachineUnderTest } from './machine.ts';

// A simulated machine in a file: what one command did, the next one finds; and the file is never half of anything.

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

test('keeps layers and mounts from command to command', async () => {
  await machine.ok('create', 'base');
  await machine.ok('create', 'c', '--parent', 'base', '--read-write');
  await machine.ok('mount', 'c');
  expect(await machine.json('list')).toMatchObject([{ id: 'base' }, { id: 'c', mounted: true }]);
  expect(readdirSync(machine.directory)).toEqual(['machine']);
});

test('is left alone by commands that only read', async () => {
  await machine.ok('create', 'base');
  await machine.ok('create', 'child', '--parent', 'base');
  const before = readFileSync(machine.file);
  const { ino } = statSync(machine.file);
  for (const command of [
    ['list'],
    ['status'],
    ['exists', 'base'],
    ['dump', 'child'],
    ['tree', 'child'],
    ['diff', 'child'],
    ['changes', 'child'],
  ]) {
    await machine.ok(...command);
  }
  expect(statSync(machine.file).ino).toBe(ino);
  expect(readFileSync(machine.file)).toEqual(before);
});

test('is not made by a command that only reads', async () => {
  expect(await machine.json('list')).toEqual([]);
  expect(existsSync(machine.file)).toBe(false);
});

test('may be an empty file, or behind a symlink', async () => {
  writeFileSync(machine.file, '');
  await machine.ok('create', 'base');
  symlinkSync('machine', machine.path('link'));
  machine = Object.assign(machine, { file: machine.path('link') });
  await machine.ok('create', 'other');
  expect(await machine.json('list')).toMatchObject([{ id: 'base' }, { id: 'other' }]);
  expect(lstatSync(machine.path('link')).isSymbolicLink()).toBe(true);
});

test('is the same whenever the same is done', async () => {
  const other = new MachineUnderTest();
  try {
    for (const each of [machine, other]) {
      await each.ok('create', 'base');
      await each.ok('create', 'child', '--parent', 'base');
    }
    expect(readFileSync(machine.file).equals(readFileSync(other.file))).toBe(true);
  } finally {
    other.end();
  }
});

test('commands at once wait for each other', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map((id) => machine.ok('create', id)));
  expect(await machine.json('list')).toMatchObject(['a', 'b', 'c', 'd'].map((id) => ({ id })));
});

test('is unlocked after a command that failed', async () => {
  await machine.run(['remove', 'nobody']);
  await machine.run(['--driver', 'floppy', 'create', 'x']);
  expect(readdirSync(machine.directory).filter((name) => name !== 'machine')).toEqual([]);
});

test.each([
  ['something else', 'root:x:0:0::/root:/bin/sh\n', /is no simulated machine/],
  ['a newer format', 'graphdriver machine 999\n{}', /format 999, and this version of graphdriver reads format 2/],
  ['a part of one', 'graphdriver machine 2\n{"pro', /is damaged/],
  ['another JSON', 'graphdriver machine 2\n{}', /is damaged/],
])('%s is refused and kept', async (_name, text, message) => {
  writeFileSync(machine.file, text);
  for (const command of [['list'], ['create', 'base']]) {
    const { status, stderr } = await machine.run(command);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(status).toBe(1);
  }
  expect(readFileSync(machine.file, 'utf8')).toBe(text);
  expect(readdirSync(machine.directory)).toEqual(['machine']);
});
