import { initAufs } from '../../src/core/aufs/init.ts';
import type { DriverUnderTest } from './world.ts';

export const aufs: DriverUnderTest = {
  name: 'aufs',
  init: initAufs,
  emptyHome: ['/', '/diff', '/held', '/layers', '/mnt', '/unfinished'],
  mountOf: (id, parent) => (parent === '' ? undefined : `mnt/${id}`),
  holding: 'counted',
  diffs: 'native',
  crashes: { create: ['utimensat', 'renameat2'], remove: ['unlinkat'] },
};
