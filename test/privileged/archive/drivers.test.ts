import { afterAll, beforeAll, describe } from 'vitest';
import { overlay } from '../../laws/overlay.ts';
import { overlay2 } from '../../laws/world.ts';
import { vfs } from '../../laws/vfs.ts';
import { checkDriver } from '../../property/archive/drivers-law.ts';
import { LinuxWorld, whyNoMounts } from '../linux-world.ts';

describe.skipIf(whyNoMounts() !== undefined).each([
  ['overlay2', overlay2()],
  ['overlay', overlay],
  ['vfs', vfs],
] as const)('%s on this kernel', (name, driver) => {
  let world: LinuxWorld;
  beforeAll(() => {
    world = new LinuxWorld(driver);
  });
  afterAll(() => {
    world.end();
  });
  checkDriver(name, () => world);
});
