import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver } from '../../laws/content.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the laws of drivers on this kernel: ${why}`);

describe.skipIf(why !== undefined)('the laws of drivers, on this kernel', () => {
  let world: LinuxWorld;

  beforeAll(() => {
    world = new LinuxWorld();
  });

  afterAll(() => {
    world.end();
  });

  it('shows what was applied', async () => {
    await fc.assert(appliedIsSeen(world), { numRuns: 40 });
  });

  it('carries a layer over by its diff', async () => {
    await fc.assert(diffCarriesOver(world), { numRuns: 40 });
  });

  it('tells views apart by their changes', async () => {
    await fc.assert(changesTellViewsApart(world), { numRuns: 40 });
  });
});
