import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { profiles } from '../../../src/sim/index.ts';
import { graphdriver } from './command-line.ts';
import { MachineUnderTest } from './machine.ts';

let machine: MachineUnderTest;

beforeEach(() => {
  machine = new MachineUnderTest();
});

afterEach(() => {
  machine.end();
});

test('--kernel gives a new machine its kernel, which it keeps', async () => {
  const first = await machine.run(['create', 'base', '--kernel', 'linux-3.10']);
  expect(first).toMatchObject({ status: 0, stdout: 'base\n' });
  expect(first.stderr).toContain(
    'using vfs, because overlay2 does not work here: driver not supported: failed to mount',
  );
  expect(await machine.ok('list', '--kernel', 'linux-3.10', '--driver', 'vfs')).toContain('base');
  const second = await machine.run(['list', '--kernel', 'linux-6.18']);
  expect(second).toMatchObject({ status: 2, stdout: '' });
  expect(second.stderr).toContain('--kernel linux-6.18: this machine has linux-3.10; a new file makes a new machine');
});

test('--kernel comes before the kernel that a driver asks for', async () => {
  const args = (kernel: string): readonly string[] => [
    '--host',
    'sim',
    '--kernel',
    kernel,
    '--driver',
    'aufs',
    'status',
  ];
  expect((await graphdriver(args('linux-5.10'))).stderr).toContain('AUFS was not found in /proc/filesystems');
  expect(await graphdriver(args('linux-4.19-aufs'))).toMatchObject({ status: 0, stderr: '' });
});

test('every kernel has a driver, and is in the documentation', async () => {
  const documentation = readFileSync(join(import.meta.dirname, '../../../docs/kernels.md'), 'utf8');
  for (const name of Object.keys(profiles)) {
    expect(documentation).toContain(`\`${name}\``);
    expect(await graphdriver(['--host', 'sim', '--kernel', name, 'status']), name).toMatchObject({ status: 0 });
  }
});
