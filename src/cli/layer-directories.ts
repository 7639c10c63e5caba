import { pathFromText, type Path } from '../host/index.ts';
import type { Driver } from '../core/driver.ts';
import type { LayerId } from '../core/layer-id.ts';

/** Where `get` puts the view of a layer (text); `undefined` where the driver does not tell. */
export async function viewDirectory(driver: Driver, id: LayerId): Promise<string | undefined> {
  const { MergedDir: merged, UpperDir: upper, LowerDir: lower } = await driver.getMetadata(id);
  return lower === undefined ? upper : merged;
}

/** The directory of a layer's own changes; `undefined` where the driver has none, or does not tell. */
export async function ownDirectory(driver: Driver, id: LayerId): Promise<Path | undefined> {
  const { UpperDir: upper } = await driver.getMetadata(id);
  return upper === undefined ? undefined : pathFromText(upper);
}
