import fc from 'fast-check';
import { describe, it } from 'vitest';
import { linux510 } from '../../../src/sim/index.ts';
import {
  countIsShared,
  everyPlanMounts,
  filledLayersAreReadOnly,
  layoutIsDockers,
  longStacksAreMounted,
  overlayCannotCarryOverlay,
  parentsAreReadOnly,
  redirectsAreResolved,
} from '../../laws/overlay2.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

describe('overlay2, on the simulator', () => {
  const world = new SimWorld(overlay2());

  it('puts on disk what Docker does', () => layoutIsDockers(world));
  it('mounts 128 layers below any home', () => fc.assert(longStacksAreMounted(world), { numRuns: 4 }));
  it('mounts whatever the size of a page', () => fc.assert(everyPlanMounts(world), { numRuns: 20 }));
  it('mounts what a page holds on a kernel that takes layers in one piece', () =>
    fc.assert(everyPlanMounts(new SimWorld(overlay2(), linux510)), { numRuns: 8 }));
  it('mounts layers with children read-only', () => parentsAreReadOnly(world));
  it('mounts layers that an archive has filled read-only', () => filledLayersAreReadOnly(world));
  it('shares the count of holders', () => countIsShared(world));
  it('resolves what its kernel left unresolved', () => redirectsAreResolved(world));
  it('is refused on an overlay', () => overlayCannotCarryOverlay(world));
});
