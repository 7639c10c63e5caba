import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { measured, median } from './race.ts';

const lives = 200;
const depth = 100;

/** Median wall time of a container's life on `base`, from createReadWrite to remove, in seconds. */
export async function containerLife(driver: Driver, base: LayerId): Promise<number> {
  const walls: number[] = [];
  for (let n = 0; n < lives; n += 1) {
    const id = layerId(`life-${n}`);
    const { wall } = await measured(async () => {
      await driver.createReadWrite(id, base);
      await driver.get(id);
      await driver.put(id);
      await driver.remove(id);
    });
    walls.push(wall);
  }
  return median(walls);
}

/** Median wall time of get and put of a layer with a hundred below `base`'s first child, in seconds. */
export async function deepHold(driver: Driver, base: LayerId): Promise<number> {
  let top = base;
  for (let n = 0; n < depth; n += 1) {
    const id = layerId(`deep-${n}`);
    await driver.create(id, top);
    top = id;
  }
  const walls: number[] = [];
  for (let n = 0; n < lives; n += 1) {
    const { wall } = await measured(async () => {
      await driver.get(top);
      await driver.put(top);
    });
    walls.push(wall);
  }
  return median(walls);
}
