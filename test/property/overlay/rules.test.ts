import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pathFromText } from '../../../src/host/index.ts';
import { linux618, linux618UserNamespace, simHost } from '../../../src/sim/index.ts';
import { Bench, type RuleWorld } from '../../rules/bench.ts';
import { chapters } from '../../rules/chapters.ts';
import { ruleName, type Rule } from '../../rules/rule.ts';

/** A fresh machine for one rule. */
function simWorld({ mounter }: Rule): RuleWorld {
  const host = simHost({ profile: mounter === 'user-namespace' ? linux618UserNamespace : linux618 });
  const base = pathFromText('/rule');
  host.fs.mkdir(base, 0o755);
  let seen = 0;
  const takeLog = (): readonly string[] => {
    const lines = host.machine.dmesg.slice(seen);
    seen = host.machine.dmesg.length;
    return lines;
  };
  return { host, base, takeLog };
}

describe.each(Object.entries(chapters))('%s', (_chapter, rules) => {
  test.each(rules.map((rule) => [ruleName(rule), rule] as const))('%s', (_name, rule) => {
    rule.check(new Bench(simWorld(rule)));
  });
});

const all = Array.from({ length: 200 }, (_, at) => at + 1);

test('all 200 rules are there, in order', () => {
  const numbers = Object.values(chapters).flatMap((rules) => rules.map(({ number }) => number));
  expect(numbers).toEqual(all);
});

test('each rule is named where the simulator has it', () => {
  const folder = 'src/sim';
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const text = files.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
  const named = new Set(Array.from(text.matchAll(/\bR([1-9]\d{0,2})\b/g), ([, number]) => Number(number)));
  expect([...named].sort((one, other) => one - other)).toEqual(all);
});
