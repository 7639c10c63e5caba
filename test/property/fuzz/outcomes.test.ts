import { expect, test } from 'vitest';
import { outcomeOf } from '../../../fuzz/programs.ts';

test('a call ended with the error that it names, and what it read is none', () => {
  const results = ['EACCES', { e: 'ENOENT' }, 'EFGHIJ', 3, 'text', undefined];
  expect(results.map(outcomeOf)).toEqual(['EACCES', 'ENOENT', 'success', 'success', 'success', 'success']);
});
