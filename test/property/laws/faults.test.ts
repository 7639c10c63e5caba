import { describe, it } from 'vitest';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

describe('overlay2 on the simulator, disturbed', () => {
  const world = new SimWorld(overlay2());

  it.each(operations)('survives the end of the process while $name', (operation) =>
    survivesFaults(world, operation, 'crash'),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    survivesFaults(world, operation, 'EIO', { first: 1, stride: 2 }),
  );
});
