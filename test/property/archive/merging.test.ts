import { describe } from 'vitest';
import { checkMerging } from './merge-laws.ts';
import { simScratches } from './scratch.ts';

describe('on the simulator', () => {
  checkMerging(() => simScratches, 50);
});
