import fc from 'fast-check';
import { describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { firstHasTheId, heldStays, parentStays } from '../../laws/meanwhile.ts';
import { failuresLeaveNothing, holdersSeeWhatIsApplied, newLayersChangeNothing } from '../../laws/new-layer.ts';
import { kernelHasTheLastWord } from '../../laws/ordinary-user.ts';
import { vfs } from '../../laws/vfs.ts';
import { SimWorld } from '../sim-world.ts';

const { numRuns: wanted } = fc.readConfigureGlobal();
const numRuns = wanted ?? 3;
const faultRuns = wanted ?? 1;

/** Those that make and empty directories whose modes keep their owner out. */
const disturbed = operations.filter(({ name }) => /from an archive|empty layer|removing|after crashes/.test(name));

describe('the laws of vfs for an ordinary user, on the simulator', () => {
  const world = new SimWorld(vfs, undefined, { user: { uid: 1000, gid: 1000 } });

  it('shows what was applied', () => fc.assert(appliedIsSeen(world), { numRuns }));
  it('carries a layer over by its diff', () => fc.assert(diffCarriesOver(world), { numRuns }));
  it('tells one story by diffs and changes', () => fc.assert(diffTellsChanges(world), { numRuns }));
  it('tells views apart by their changes', () => fc.assert(changesTellViewsApart(world), { numRuns }));
  it('keeps layers apart', () => fc.assert(layersAreApart(world), { numRuns }));
  it('counts holders and leaves nothing', () => fc.assert(nothingIsLeft(world), { numRuns }));
  it('makes what the kernel allows, and nothing of what it does not', () =>
    fc.assert(kernelHasTheLastWord(world), { numRuns }));
  it('refuses hostile ids', () => fc.assert(hostileIdsAreRefused(world), { numRuns }));
  it('makes layers that show what their parents show', () => newLayersChangeNothing(world));
  it('leaves nothing of a layer that cannot be made', () => failuresLeaveNothing(world));
  it('shows holders what is applied', () => holdersSeeWhatIsApplied(world));
  it('gives an id to who comes first', () => firstHasTheId(world));
  it('makes no layer on a parent that was replaced', () => parentStays(world));
  it('leaves a layer that somebody got as it is', () => heldStays(world));
  it.each(disturbed)('survives the end of the process while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'crash', 24, { every: 4, at: mendsWhatIsLeft }), { numRuns: faultRuns }),
  );
  it.each(disturbed)('survives errors while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'EIO', 24), { numRuns: faultRuns }),
  );
});
