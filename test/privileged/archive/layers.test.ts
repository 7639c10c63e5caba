import { afterAll, beforeAll, describe } from 'vitest';
import { checkLayers } from '../../property/archive/layers-law.ts';
import { LinuxScratches, whyNoScratch } from './linux-scratch.ts';

describe.skipIf(whyNoScratch() !== undefined)('on this kernel', () => {
  let scratches: LinuxScratches;
  beforeAll(() => {
    scratches = new LinuxScratches();
  });
  afterAll(() => {
    scratches.end();
  });

  checkLayers(() => scratches);
});
