import { Registry } from '../core/registry.ts';

/** The drivers of this package. Their code is loaded when one is opened. */
export function drivers(): Registry {
  const registry = new Registry();
  registry.register('overlay2', async (init) => (await import('../core/overlay2/init.ts')).initOverlay2(init));
  return registry;
}
