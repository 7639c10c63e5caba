import { initVfs } from '../../src/core/vfs/init.ts';
import type { DriverUnderTest } from './world.ts';

export const vfs: DriverUnderTest = {
  name: 'vfs',
  init: initVfs,
  emptyHome: ['/', '/dir', '/parents'],
  mountOf: () => undefined,
  holding: 'not counted',
  diffs: 'naive',
  sizeOption: 'size',
  crashes: { create: ['fchown', 'renameat2'], remove: ['unlinkat'] },
};
