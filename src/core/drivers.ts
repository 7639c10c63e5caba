import type { Quirk } from './quirks.ts';
import { Registry } from './registry.ts';

/** A registry with all drivers of this project, in today's order of preference. Their code is loaded when one is opened. */
export function allDrivers(quirks: readonly Quirk[] = []): Registry {
  const registry = new Registry(quirks);
  registry.register('overlay2', async (init) => (await import('./overlay2/init.ts')).initOverlay2(init));
  registry.register('aufs', async (init) => (await import('./aufs/init.ts')).initAufs(init));
  registry.register('overlay', async (init) => (await import('./overlay/init.ts')).initOverlay(init));
  registry.register('vfs', async (init) => (await import('./vfs/init.ts')).initVfs(init));
  return registry;
}
