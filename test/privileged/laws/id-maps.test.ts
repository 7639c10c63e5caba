import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { idsAreShifted, rootsAreThePairs, unmappedIdsAreRefused } from '../../laws/id-maps.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: mapped ids on this kernel: ${why}`);

const numRuns = fc.readConfigureGlobal().numRuns ?? 15;

describe.skipIf(why !== undefined).each([overlay2(), overlay, vfs])(
  '$name with mapped ids, on this kernel',
  (driver) => {
    let world: LinuxWorld;

    beforeAll(() => {
      world = new LinuxWorld(driver);
    });

    afterAll(() => {
      world.end();
    });

    it('moves ids on disk, and in no archive', () => fc.assert(idsAreShifted(world), { numRuns }));
    it('gives to root what nobody describes', () => rootsAreThePairs(world));
    it('refuses ids without another side', () => unmappedIdsAreRefused(world));
  },
);
