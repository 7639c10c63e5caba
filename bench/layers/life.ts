import type { Driver } from '../../src/core/driver.ts';
import { layerId, type LayerId } from '../../src/core/layer-id.ts';
import { ours } from './archives.ts';
import { measured, type Runner } from './race.ts';

/** Done in one round: enough that what disturbs one of them does not count. */
export const livesPerRound = 200;
export const holdsPerRound = 50;
/** Rounds of lives that do not count: V8 takes some two thousand of them to compile all that it will. */
export const roundsToWarmUp = 10;
const depth = 100;

/** Containers' lives on `base`, from createReadWrite to remove. */
export function living(driver: Driver, base: LayerId): Runner {
  const live = async (id: LayerId): Promise<void> => {
    await driver.createReadWrite(id, base);
    await driver.get(id);
    await driver.put(id);
    await driver.remove(id);
  };
  return {
    name: ours,
    run: (round) =>
      measured(async () => {
        for (let n = 0; n < livesPerRound; n += 1) await live(layerId(`life-${round}-${n}`));
      }),
  };
}

/** Get and put of a layer with a hundred below it, of which `base` is the lowest. */
export async function holding(driver: Driver, base: LayerId): Promise<Runner> {
  const top = await stack(driver, base);
  return {
    name: ours,
    run: () =>
      measured(async () => {
        for (let n = 0; n < holdsPerRound; n += 1) {
          await driver.get(top);
          await driver.put(top);
        }
      }),
  };
}

async function stack(driver: Driver, base: LayerId): Promise<LayerId> {
  let top = base;
  for (let n = 0; n < depth; n += 1) {
    const id = layerId(`deep-${n}`);
    await driver.create(id, top);
    top = id;
  }
  return top;
}
