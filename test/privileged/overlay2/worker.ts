import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { layerId } from '../../../src/core/layer-id.ts';
import { initOverlay2 } from '../../../src/core/overlay2/init.ts';
import { linuxHost } from '../../../src/host/linux/index.ts';
import { pathFromText } from '../../../src/host/index.ts';

/** One of several processes that use one home at the same time: `worker.ts HOME NAME ROUNDS`. */
const [home = '', name = '', rounds = '0'] = process.argv.slice(2);
const linux = linuxHost();
if (!linux.ok) throw new Error(linux.reason);

const driver = await initOverlay2({
  host: linux.host,
  home: pathFromText(home),
  options: [],
  durability: 'none',
  warn: (message) => {
    throw new Error(message);
  },
});
const shared = layerId('shared');
for (let round = 0; round < Number(rounds); round += 1) {
  const own = layerId(`own-${name}-${round}`);
  await driver.createReadWrite(own, shared);
  const root = await driver.get(shared);
  const ownRoot = await driver.get(own);
  if (!existsSync(join(root, 'bottom'))) throw new Error(`${root} was unmounted while it was held`);
  if (!existsSync(join(ownRoot, 'bottom'))) throw new Error(`${ownRoot} does not show its parent`);
  await driver.put(own);
  await driver.put(shared);
  await driver.remove(own);
}
