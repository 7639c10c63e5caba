import { join, type Host, type Path } from '../../host/index.ts';
import type { Durability } from '../driver.ts';
import { cleanPath } from '../files/real-path.ts';
import type { IdMaps } from '../id-map.ts';
import { LayerRecords } from '../image/layer-records.ts';
import type { Finding } from './finding.ts';
import { repairHome, type CheckedHome, type CheckInit, type Repair } from './home.ts';
import { isDirectoryAt } from './parts.ts';
import { clearRecords, recordFindings } from './records.ts';

/** Where layers are looked for, and how. */
export interface CheckConfig {
  readonly host: Host;
  /** The graph root. */
  readonly root: Path;
  /** Whether what is mended is synced to the disk. */
  readonly durability: Durability;
  readonly idMaps: IdMaps;
  /** Takes what could not be mended, and why, one line each. */
  readonly warn: (message: string) => void;
}

type Opener = (init: CheckInit) => CheckedHome;

/** How the drivers' homes are looked at; their code is loaded when there is one. */
const openers: ReadonlyMap<string, () => Promise<Opener>> = new Map([
  ['aufs', async () => (await import('../aufs/check.ts')).checkedAufs],
  ['overlay', async () => (await import('../overlay/check.ts')).checkedOverlay],
  ['overlay2', async () => (await import('../overlay2/check.ts')).checkedOverlay2],
  ['vfs', async () => (await import('../vfs/check.ts')).checkedVfs],
]);

/** The drivers that have a directory below the root, sorted. */
export function driversWithHomes({ host, root }: CheckConfig): readonly string[] {
  return [...openers.keys()].filter((name) => isDirectoryAt(host, join(cleanPath(root), name)));
}

/**
 * All that is not as it should be in a driver's home and in what is recorded of its layers. The driver is not opened, nothing is
 * changed, and the kernel need not be able to mount its layers.
 */
export async function check(driver: string, config: CheckConfig): Promise<readonly Finding[]> {
  const { lock, find } = await openStore(driver, config);
  return lock.run(find);
}

/** Mends what can be mended without any layer losing anything; answers that, and what is left. */
export async function repair(driver: string, config: CheckConfig): Promise<Repair> {
  return repairHome(await openStore(driver, config), config.warn);
}

async function openStore(driver: string, { root, ...config }: CheckConfig): Promise<CheckedHome> {
  const opener = await openers.get(driver)?.();
  if (opener === undefined) throw new RangeError(`there is no check for the driver ${driver}`);
  const { host, durability, warn } = config;
  const records = new LayerRecords(host, cleanPath(root), driver, durability, warn);
  const home = opener({ ...config, home: join(cleanPath(root), driver), records });
  return {
    ...home,
    find: () => [...home.find(), ...recordFindings(records, { ids: home.list(), pathOf: home.pathOf })],
    clear: async () => {
      await home.clear();
      await clearRecords(records, () => home.lock.run(home.list));
    },
  };
}
