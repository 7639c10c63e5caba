import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { appliedIsSeen, changesTellViewsApart, diffCarriesOver, diffTellsChanges } from '../../laws/content.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { hostileIdsAreRefused, layersAreApart, nothingIsLeft } from '../../laws/housekeeping.ts';
import { firstHasTheId, heldStays, parentStays } from '../../laws/meanwhile.ts';
import { failuresLeaveNothing, holdersSeeWhatIsApplied, newLayersChangeNothing } from '../../laws/new-layer.ts';
import { kernelHasTheLastWord } from '../../laws/ordinary-user.ts';
import { driversAgree } from '../../laws/programs.ts';
import { vfs } from '../../laws/vfs.ts';
import { SimWorld } from '../../property/sim-world.ts';
import { ordinaryUser, ordinaryWorld, whyNoOrdinaryUser, type OrdinaryWorld } from '../ordinary-world.ts';

const why = whyNoOrdinaryUser();
if (why !== undefined) console.warn(`SKIPPED: the laws of vfs for an ordinary user on this kernel: ${why}`);

const numRuns = fc.readConfigureGlobal().numRuns ?? 25;

/** Later than all times that layers and edits give. */
const clock = { sec: 1_800_000_000, nsec: 0 };

describe.skipIf(why !== undefined)('the laws of vfs for an ordinary user, on this kernel', () => {
  let world: OrdinaryWorld;

  beforeAll(() => {
    world = ordinaryWorld(vfs);
  });

  afterAll(() => {
    world.end();
  });

  it('are those of the simulator', () =>
    fc.assert(driversAgree([world, new SimWorld(vfs, undefined, { user: ordinaryUser, clock })]), { numRuns }));
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
  it.each(operations)('survives the end of the process while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'crash', 11, { every: 3, at: mendsWhatIsLeft }), { numRuns: 1 }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'EIO', 11), { numRuns: 1 }),
  );
});
