import fc from 'fast-check';
import { describe, it } from 'vitest';
import { idsAreShifted, rootsAreThePairs, unmappedIdsAreRefused } from '../../laws/id-maps.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 8;

const worlds = [
  { name: 'overlay2', world: new SimWorld(overlay2()) },
  { name: 'overlay', world: new SimWorld(overlay) },
  { name: 'vfs', world: new SimWorld(vfs) },
  { name: 'aufs', world: new AufsWorld() },
];

describe.each(worlds)('$name with mapped ids, on the simulator', ({ world }) => {
  it('shifts what is on disk, and no archive', () => fc.assert(idsAreShifted(world), { numRuns }));
  it('gives to root what nobody describes', () => rootsAreThePairs(world));
  it('refuses ids without another side', () => unmappedIdsAreRefused(world));
});
