import { describe, expect, test } from 'vitest';
import { ruleSites, sitesOf } from '../../../fuzz/rules.ts';

describe('the functions that name rules', () => {
  test('are those with the rule in their comment or text, the innermost one', () => {
    const text = [
      '/** Says R1. */',
      'function one() { const inner = 2; /* R2 */ return inner; }',
      'class Two {',
      '  /** R30 */',
      '  method() { function nested() { /* R4 */ } return nested; }',
      '  get property() { return 5; // R5 and R50',
      '  }',
      '}',
      '/** R6: of a constant. */',
      'const six = 6;',
    ].join('\n');
    expect(sitesOf('file.ts', text)).toEqual([
      { file: 'file.ts', name: 'one', rules: ['R1', 'R2'] },
      { file: 'file.ts', name: 'nested', rules: ['R4'] },
      { file: 'file.ts', name: 'method', rules: ['R30'] },
      { file: 'file.ts', name: 'property', rules: ['R5', 'R50'] },
    ]);
  });

  test('are found in the simulator', () => {
    const rules = new Set(ruleSites('src', 'sim').flatMap((site) => site.rules));
    expect(rules.size).toBeGreaterThan(100);
    for (const rule of rules) expect(Number(rule.slice(1))).toBeLessThanOrEqual(200);
  });
});
