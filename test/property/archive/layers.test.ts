import { describe } from 'vitest';
import { checkLayers } from './layers-law.ts';
import { simScratches } from './scratch.ts';

describe('on the simulator', () => {
  checkLayers(() => simScratches);
});
