import { textFromPath } from '../host/index.ts';
import type { LayerId } from '../core/layer-id.ts';
import type { Session } from './context.ts';

/** Which of some layers are mounted, by the machine's mount table. */
export async function mountedLayers(
  { driver, machine }: Session,
  ids: readonly LayerId[],
): Promise<ReadonlySet<LayerId>> {
  const targets = new Set(machine.host.mount.table().map(({ target }) => textFromPath(target)));
  const mounted = new Set<LayerId>();
  for (const id of ids) {
    const { MergedDir: merged } = await driver.getMetadata(id);
    if (merged !== undefined && targets.has(merged)) mounted.add(id);
  }
  return mounted;
}
