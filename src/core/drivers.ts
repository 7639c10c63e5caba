import { initOverlay2 } from './overlay2/init.ts';
import { Registry, type RegistryQuirk } from './registry.ts';

/** A registry with all drivers of this project, with today's order of preference. */
export function allDrivers(quirks: readonly RegistryQuirk[] = []): Registry {
  const registry = new Registry(undefined, quirks);
  registry.register('overlay2', initOverlay2);
  return registry;
}
