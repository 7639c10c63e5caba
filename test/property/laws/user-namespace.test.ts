import fc from 'fast-check';
import { describe, it } from 'vitest';
import { linux618UserNamespace } from '../../../src/sim/index.ts';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { overlay } from '../../laws/overlay.ts';
import { lifeWithRootAlone } from '../../laws/user-namespace.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 5;

/** overlay2 knows its kernel after the first machine, so each driver has one profile only. */
const drivers = [overlay2(), overlay, vfs];

describe.each(drivers)('the laws of $name, on a simulated user namespace', (driver) => {
  const world = new SimWorld(driver, linux618UserNamespace);

  it('shows what was applied', () => fc.assert(appliedIsSeen(world), { numRuns }));
  it('carries a layer over by its diff', () => fc.assert(diffCarriesOver(world), { numRuns }));
  it('tells one story by diffs and changes', () => fc.assert(diffTellsChanges(world), { numRuns }));
  it('tells views apart by their changes', () => fc.assert(changesTellViewsApart(world), { numRuns }));
  it('keeps layers apart', () => fc.assert(layersAreApart(world), { numRuns }));
  it('counts holders and leaves nothing', () => fc.assert(nothingIsLeft(world), { numRuns }));
  it('lives with what the namespace allows', () => lifeWithRootAlone(world));
});
