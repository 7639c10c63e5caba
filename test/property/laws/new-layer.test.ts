import { describe, it } from 'vitest';
import { failuresLeaveNothing, holdersSeeWhatIsApplied, newLayersChangeNothing } from '../../laws/new-layer.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

const worlds = [
  ...[overlay2(), overlay, vfs].map((driver) => ({ name: driver.name, world: new SimWorld(driver) })),
  { name: 'aufs', world: new AufsWorld() },
];

describe.each(worlds)('a new layer of $name', ({ world }) => {
  it('shows what its parent shows', () => newLayersChangeNothing(world));
  it('is not there where it cannot be made', () => failuresLeaveNothing(world));
  it('shows its holders what is applied to it', () => holdersSeeWhatIsApplied(world));
});
