import { describe, it } from 'vitest';
import { firstHasTheId, heldStays, parentStays } from '../../laws/meanwhile.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

const worlds = [
  ...[overlay2(), overlay, vfs].map((driver) => ({ name: driver.name, world: new SimWorld(driver) })),
  { name: 'aufs', world: new AufsWorld() },
];

describe.each(worlds)('while an archive is unpacked, $name', ({ world }) => {
  it('gives an id to who comes first', () => firstHasTheId(world));
  it('makes no layer on a parent that was replaced', () => parentStays(world));
  it('leaves a layer that somebody got as it is', () => heldStays(world));
});
