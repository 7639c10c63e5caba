import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

describe.each([
  ['fuzz', 'fuzz/main.ts', ['--minutes', '--seed', '--shard', '--filesystem', '--out'], ['--minutes', '0']],
  ['fuzz:archives', 'fuzz/archives/main.ts', ['--count', '--seed', '--host', '--path'], ['--host', 'darwin']],
])('npm run %s', (name, main, options, wrong) => {
  const run = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8' });

  test('tells of all its options', () => {
    const { status, stdout, stderr } = run('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const option of options) expect(stdout).toMatch(new RegExp(`^ +${option} `, 'm'));
  });

  test.each([{ args: wrong }, { args: ['--nosuch'] }, { args: ['operand'] }])('refuses $args', ({ args }) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${name}: [^\n]+\n$`));
  });
});
