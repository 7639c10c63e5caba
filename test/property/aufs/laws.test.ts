import fc from 'fast-check';
import { describe, it } from 'vitest';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { AufsWorld } from './world.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 15;

describe('the laws of aufs, on the simulator', () => {
  const world = new AufsWorld();

  it('shows what was applied', () => fc.assert(appliedIsSeen(world), { numRuns }));
  it('carries a layer over by its diff', () => fc.assert(diffCarriesOver(world), { numRuns }));
  it('tells one story by diffs and changes', () => fc.assert(diffTellsChanges(world), { numRuns }));
  it('tells views apart by their changes', () => fc.assert(changesTellViewsApart(world), { numRuns }));
  it('keeps layers apart', () => fc.assert(layersAreApart(world), { numRuns }));
  it('counts holders and leaves nothing', () => fc.assert(nothingIsLeft(world), { numRuns }));
  it('refuses hostile ids', () => fc.assert(hostileIdsAreRefused(world), { numRuns }));
});
