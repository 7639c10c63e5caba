import fc from 'fast-check';
import { describe, it } from 'vitest';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

/** Some thirty milliseconds each; FC_RUNS for more. */
const numRuns = fc.readConfigureGlobal().numRuns ?? 50;

describe('the laws of overlay2, on the simulator', () => {
  const world = new SimWorld(overlay2());

  it('shows what was applied', () => fc.assert(appliedIsSeen(world), { numRuns }));
  it('carries a layer over by its diff', () => fc.assert(diffCarriesOver(world), { numRuns }));
  it('tells one story by diffs and changes', () => fc.assert(diffTellsChanges(world), { numRuns }));
  it('tells views apart by their changes', () => fc.assert(changesTellViewsApart(world), { numRuns }));
  it('keeps layers apart', () => fc.assert(layersAreApart(world), { numRuns }));
  it('counts holders and leaves nothing', () => fc.assert(nothingIsLeft(world), { numRuns }));
  it('refuses hostile ids', () => fc.assert(hostileIdsAreRefused(world), { numRuns }));
});
