import fc from 'fast-check';
import { describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { AufsWorld } from './world.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 1;

describe('aufs on the simulator, disturbed', () => {
  const world = new AufsWorld();

  it.each(operations)('survives the end of the process while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'crash', 4, { every: 8, at: mendsWhatIsLeft }), { numRuns }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'EIO', 8), { numRuns }),
  );
});
