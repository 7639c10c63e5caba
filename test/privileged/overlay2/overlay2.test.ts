import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  countIsShared,
  everyPlanMounts,
  layoutIsDockers,
  longStacksAreMounted,
  overlayCannotCarryOverlay,
  parentsAreReadOnly,
  redirectsAreResolved,
} from '../../laws/overlay2.ts';
import { overlay2 } from '../../laws/world.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

const why = whyNoMounts();
if (why !== undefined) console.warn(`SKIPPED: overlay2 on this kernel: ${why}`);

describe.skipIf(why !== undefined)('overlay2, on this kernel', () => {
  let world: LinuxWorld;

  beforeAll(() => {
    world = new LinuxWorld(overlay2());
  });

  afterAll(() => {
    world.end();
  });

  it('puts on disk what Docker does', () => layoutIsDockers(world));
  it('mounts 128 layers below any home', () => fc.assert(longStacksAreMounted(world), { numRuns: 12 }));
  it('mounts whatever the size of a page', () => fc.assert(everyPlanMounts(world), { numRuns: 12 }));
  it('mounts layers with children read-only', () => parentsAreReadOnly(world));
  it('shares the count of holders', () => countIsShared(world));
  it('resolves what its kernel left unresolved', () => redirectsAreResolved(world));
  it('is refused on an overlay', () => overlayCannotCarryOverlay(world));
});
