import type { Driver } from '../../core/driver.ts';
import type { LayerId, ParentId } from '../../core/layer-id.ts';
import { layerDirectory, type LayerDirectory } from '../layer-directories.ts';

/** One layer of a stack. */
export interface StackLayer {
  readonly id: LayerId;
  /** 0 is the base. */
  readonly number: number;
  readonly directory: LayerDirectory;
}

/** A layer and all below it, the topmost first. @throws Error where the driver does not tell where they are */
export async function stackOf(driver: Driver, id: LayerId): Promise<readonly StackLayer[]> {
  const ids: LayerId[] = [];
  for (let each: ParentId = id; each !== ''; each = await driver.parentOf(each)) ids.push(each);
  const layers: StackLayer[] = [];
  for (const [i, each] of ids.entries()) {
    const directory = await layerDirectory(driver, each);
    if (directory === undefined)
      throw new Error(`the driver ${driver.toString()} does not tell where layer ${each} is`);
    layers.push({ id: each, number: ids.length - 1 - i, directory });
  }
  return layers;
}
