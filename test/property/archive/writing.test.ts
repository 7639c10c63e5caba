import { describe } from 'vitest';
import { simScratches } from './scratch.ts';
import { checkWriting } from './write-laws.ts';

describe('on the simulator', () => {
  checkWriting(() => simScratches, 25);
});
