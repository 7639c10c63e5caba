import type { Driver } from '../core/driver.ts';
import { layerId, type LayerId, type ParentId } from '../core/layer-id.ts';
import { digestId } from './format/short-id.ts';

/** The first digits of a digest: four at least, so that names are not taken for one. */
const prefix = /^[0-9a-f]{4,127}$/;

/** More than one layer begins with the digits given. */
export class AmbiguousLayerError extends Error {
  override readonly name = 'AmbiguousLayerError';
}

/**
 * The layer that an argument names: by its id, or, where that is a digest, by enough of its first digits. What names no
 * layer is answered as it is, so that the driver says so.
 * @throws InvalidLayerIdError, AmbiguousLayerError
 */
export async function layerArgument(driver: Driver, text: string): Promise<LayerId> {
  const id = layerId(text);
  if (!prefix.test(text) || (await driver.exists(id))) return id;
  const matches = (await driver.list()).filter((each) => digestId.test(each) && each.startsWith(text));
  if (matches.length > 1) {
    throw new AmbiguousLayerError(
      `${matches.length} layers begin with ${text}: ${matches.join(', ')}; give more digits`,
    );
  }
  return matches[0] ?? id;
}

/** The parent to compare with: what `--parent` names (`''` is none), or else the layer's own. */
export async function parentArgument(driver: Driver, id: LayerId, option: string | undefined): Promise<ParentId> {
  if (option === undefined) return driver.parentOf(id);
  return option === '' ? '' : layerArgument(driver, option);
}
