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

test('all 200 rules are there, in order', () => {
  const numbers = Object.values(chapters).flatMap((rules) => rules.map(({ number }) => number));
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
});
