import fc from 'fast-check';
import { describe, it } from 'vitest';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

/** Some thirty milliseconds each; FC_RUNS for more. */
const { numRuns: wanted } = fc.readConfigureGlobal();

describe.each([overlay2(), overlay, vfs])('the laws of $name, on the simulator', (driver) => {
  const world = new SimWorld(driver);
  const numRuns = wanted ?? (driver.name === 'overlay2' ? 20 : 8);

  it('shows what was applied', () => fc.assert(appliedIsSeen(world), { numRuns }));
  it('carries a layer over by its diff', () => fc.assert(diffCarriesOver(world), { numRuns }));
  it('tells one story by diffs and changes', () => fc.assert(diffTellsChanges(world), { numRuns }));
  it('tells views apart by their changes', () => fc.assert(changesTellViewsApart(world), { numRuns }));
  it('keeps layers apart', () => fc.assert(layersAreApart(world), { numRuns }));
  it('counts holders and leaves nothing', () => fc.assert(nothingIsLeft(world), { numRuns }));
  it('refuses hostile ids', () => fc.assert(hostileIdsAreRefused(world), { numRuns }));
});
