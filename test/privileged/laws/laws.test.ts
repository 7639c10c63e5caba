import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: the laws of drivers on this kernel: ${why}`);

/** Each run mounts some ten times, a few milliseconds each. */
const numRuns = fc.readConfigureGlobal().numRuns ?? 40;

/** Of a fault's places, one start a run. */
const faultRuns = fc.readConfigureGlobal().numRuns ?? 1;

const drivers = [overlay2(), overlay, vfs];

describe.skipIf(why !== undefined).each(drivers)('the laws of $name, on this kernel', (driver) => {
  let world: LinuxWorld;

  beforeAll(() => {
    world = new LinuxWorld(driver);
  });

  afterAll(() => {
    world.end();
  });

  it('shows what was applied', async () => {
    await fc.assert(appliedIsSeen(world), { numRuns });
  });

  it('carries a layer over by its diff', async () => {
    await fc.assert(diffCarriesOver(world), { numRuns });
  });

  it('tells one story by diffs and changes', async () => {
    await fc.assert(diffTellsChanges(world), { numRuns });
  });

  it('tells views apart by their changes', async () => {
    await fc.assert(changesTellViewsApart(world), { numRuns });
  });

  it('keeps layers apart', async () => {
    await fc.assert(layersAreApart(world), { numRuns });
  });

  it('counts holders and leaves nothing', async () => {
    await fc.assert(nothingIsLeft(world), { numRuns });
  });

  it('refuses hostile ids', async () => {
    await fc.assert(hostileIdsAreRefused(world), { numRuns });
  });

  it.each(operations)('survives the end of the process while $name', async (operation) => {
    await fc.assert(survivesFaults(world, operation, 'crash', 11, { every: 3, at: mendsWhatIsLeft }), {
      numRuns: faultRuns,
    });
  });

  it.each(operations)('survives errors while $name', async (operation) => {
    await fc.assert(survivesFaults(world, operation, 'EIO', 11), { numRuns: faultRuns });
  });
});
