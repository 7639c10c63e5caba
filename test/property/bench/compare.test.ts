import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { compare, type Contender } from '../../../bench/compare.ts';

const conditions = { rounds: 3, milliseconds: 1, note: (): void => undefined };

function busy(iterations: number): void {
  let sum = 0;
  for (let i = 0; i < iterations; i += 1) sum += Math.sqrt(i);
  if (sum < 0) throw new Error('never');
}

function contender(name: string, iterations: number): Contender {
  return {
    name,
    run: (times) => {
      for (let left = times; left > 0; left -= 1) busy(iterations);
    },
  };
}

describe('comparing costs', () => {
  test('tells what is dearer', async () => {
    const { nanoseconds, ratio } = await compare([contender('cheap', 1000), contender('dear', 20_000)], conditions);
    expect(nanoseconds('dear')).toBeGreaterThan(nanoseconds('cheap'));
    expect(ratio('dear', 'cheap')).toBeGreaterThan(3);
    expect(ratio('cheap', 'dear')).toBeLessThan(1);
  });

  test('prepares before each measurement and asks for no more than there is', async () => {
    const asked: number[] = [];
    let prepared = 0;
    const limited: Contender = {
      name: 'limited',
      most: 5,
      prepare: () => {
        prepared += 1;
      },
      run: (times) => {
        asked.push(times);
        for (let left = times; left > 0; left -= 1) busy(20_000);
      },
    };
    await compare([limited], conditions);
    expect(prepared).toBe(asked.length);
    expect(Math.max(...asked)).toBeLessThanOrEqual(5);
    expect(asked.length).toBeGreaterThan(conditions.rounds);
  });

  test('refuses to tell of what it has not measured', async () => {
    const { ratio } = await compare([contender('one', 1)], conditions);
    expect(() => ratio('one', 'other')).toThrow(RangeError);
  });
});

describe('npm run bench', () => {
  const bench = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args], { encoding: 'utf8' });

  test('prints the figures of a suite as JSON', () => {
    const { status, stdout } = bench('calls', '--json', '--rounds', '1', '--milliseconds', '1');
    expect(status).toBe(0);
    const { suites } = JSON.parse(stdout) as { suites: { name: string; figures: { value: number }[] }[] };
    expect(suites.map(({ name }) => name)).toEqual(['calls']);
    expect(suites[0]?.figures.length).toBeGreaterThan(20);
    for (const { value } of suites[0]?.figures ?? []) expect(value).toBeGreaterThan(0);
  });

  test('tells of itself', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    for (const name of ['calls', 'layers', 'image', '--rounds']) expect(stdout).toContain(name);
  });

  test('refuses a suite that there is not', () => {
    const { status, stdout, stderr } = bench('nosuch');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^bench: .+\n$/);
  });
});
