import { describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { AufsWorld } from './world.ts';

describe('aufs on the simulator, disturbed', () => {
  const world = new AufsWorld();

  it.each(operations)('survives the end of the process while $name', (operation) =>
    survivesFaults(world, operation, 'crash', { first: 1, stride: 4 }, { every: 8, at: mendsWhatIsLeft }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    survivesFaults(world, operation, 'EIO', { first: 1, stride: 8 }),
  );
});
