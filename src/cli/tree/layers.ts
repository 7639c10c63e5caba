import type { Path } from '../../host/index.ts';
import type { Driver } from '../../core/driver.ts';
import type { LayerId, ParentId } from '../../core/layer-id.ts';
import { ownDirectory } from '../layer-directories.ts';

/** One layer of a stack. */
export interface StackLayer {
  readonly id: LayerId;
  /** 0 is the base. */
  readonly number: number;
  /** The directory of its own changes; `undefined` where the driver has none. */
  readonly directory: Path | undefined;
}

/** A layer and all below it, the topmost first. */
export async function stackOf(driver: Driver, id: LayerId): Promise<readonly StackLayer[]> {
  const ids: LayerId[] = [];
  for (let each: ParentId = id; each !== ''; each = await driver.parentOf(each)) ids.push(each);
  const layers: StackLayer[] = [];
  for (const [i, each] of ids.entries()) {
    layers.push({ id: each, number: ids.length - 1 - i, directory: await ownDirectory(driver, each) });
  }
  return layers;
}
