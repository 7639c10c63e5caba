import { describe } from 'vitest';
import { overlay } from '../../laws/overlay.ts';
import { overlay2 } from '../../laws/world.ts';
import { vfs } from '../../laws/vfs.ts';
import { aufsOnTmpfs, AufsWorld } from '../aufs/world.ts';
import { SimWorld } from '../sim-world.ts';
import { checkDriver } from './drivers-law.ts';

describe.each([
  ['overlay2', overlay2()],
  ['overlay', overlay],
  ['vfs', vfs],
] as const)('%s', (name, driver) => {
  const world = new SimWorld(driver);
  checkDriver(name, () => world);
});

describe('aufs', () => {
  const world = new AufsWorld(aufsOnTmpfs);
  checkDriver('aufs', () => world);
});
