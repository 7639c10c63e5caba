import type { Path } from '../host/index.ts';
import type { Driver } from '../core/driver.ts';
import type { LayerId } from '../core/layer-id.ts';

/** Runs `use` while the layer's view is mounted for it. */
export async function withView<T>(driver: Driver, id: LayerId, use: (view: Path) => Promise<T>): Promise<T> {
  const view = await driver.get(id);
  try {
    return await use(view);
  } finally {
    await driver.put(id);
  }
}
