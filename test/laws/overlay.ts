import { initOverlay } from '../../src/core/overlay/init.ts';
import type { DriverUnderTest } from './world.ts';

export const overlay: DriverUnderTest = {
  name: 'overlay',
  init: initOverlay,
  emptyHome: ['/'],
  mountOf: (id, parent) => (parent === '' ? undefined : `${id}/merged`),
  holding: 'counted',
  diffs: 'naive',
  crashes: { create: ['utimensat', 'renameat2'], remove: ['unlinkat'] },
};
