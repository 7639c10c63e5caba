import fc from 'fast-check';
import { describe, it } from 'vitest';
import { mendsWhatIsLeft } from '../../laws/check.ts';
import { operations, survivesFaults } from '../../laws/crashes.ts';
import { overlay } from '../../laws/overlay.ts';
import { vfs } from '../../laws/vfs.ts';
import { overlay2 } from '../../laws/world.ts';
import { SimWorld } from '../sim-world.ts';

const numRuns = fc.readConfigureGlobal().numRuns ?? 1;

describe('overlay2 on the simulator, disturbed', () => {
  const world = new SimWorld(overlay2());

  it.each(operations)('survives the end of the process while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'crash', 3, { every: 8, at: mendsWhatIsLeft }), { numRuns }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'EIO', 6), { numRuns }),
  );
});

describe.each([overlay, vfs])('$name on the simulator, disturbed', (driver) => {
  const world = new SimWorld(driver);

  it.each(operations)('survives the end of the process while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'crash', 12, { every: 4, at: mendsWhatIsLeft }), { numRuns }),
  );
  it.each(operations)('survives errors while $name', (operation) =>
    fc.assert(survivesFaults(world, operation, 'EIO', 16), { numRuns }),
  );
});
