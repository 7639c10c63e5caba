import { afterAll, beforeAll, describe } from 'vitest';
import { checkLayers } from '../../property/archive/layers-law.ts';
import { checkMerging } from '../../property/archive/merge-laws.ts';
import { checkWriting } from '../../property/archive/write-laws.ts';
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
  checkMerging(() => scratches, 200);
  checkWriting(() => scratches, 50);
});
