import { describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

describe('overlay2 on the simulator, disturbed', () => {
  const world = new SimWorld(overlay2());

  it.each(operations)('survives the end of the process while $name', (operation) =>
    survivesFaults(world, operation, 'crash', { first: 1, stride: 3 }, { every: 8, at: mendsWhatIsLeft }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    survivesFaults(world, operation, 'EIO', { first: 1, stride: 6 }),
  );
});

describe.each([overlay, vfs])('$name on the simulator, disturbed', (driver) => {
  const world = new SimWorld(driver);

  it.each(operations)('survives the end of the process while $name', (operation) =>
    survivesFaults(world, operation, 'crash', { first: 1, stride: 12 }, { every: 4, at: mendsWhatIsLeft }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    survivesFaults(world, operation, 'EIO', { first: 2, stride: 16 }),
  );
});
