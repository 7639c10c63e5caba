import { describe, it } from 'vitest';
import { layersAreSynced, nothingIsSynced } from '../../laws/durability.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';

const worlds = [
  ...[overlay2(), overlay, vfs].map((driver) => ({ name: driver.name, world: new SimWorld(driver) })),
  { name: 'aufs', world: new AufsWorld() },
];

describe.each(worlds)('the durability of $name, on the simulator', ({ world }) => {
  it('"layer" has a layer on the disk before it is named', () => layersAreSynced(world));
  it('"none" waits for no disk', () => nothingIsSynced(world));
});
