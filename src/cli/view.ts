import type { Host, Path } from '../host/index.ts';
import type { Driver } from '../core/driver.ts';
import type { LayerId } from '../core/layer-id.ts';
import { dumpTree, withoutMarks, type DumpRow } from '../core/tree/dump.ts';
import { layerDirectory } from './layer-directories.ts';

/** Runs `use` while the layer's view is mounted for it. */
export async function withView<T>(driver: Driver, id: LayerId, use: (view: Path) => Promise<T>): Promise<T> {
  const view = await driver.get(id);
  try {
    return await use(view);
  } finally {
    await driver.put(id);
  }
}

/** All that a layer's view shows. A base layer of overlay2 is its own view, without a mount that would hide its marks. */
export async function viewRows(host: Host, driver: Driver, id: LayerId, view: Path): Promise<Iterable<DumpRow>> {
  const rows = dumpTree(host, view);
  const own = await layerDirectory(driver, id);
  return own?.holds === 'changes' && own.path === view ? withoutMarks(rows) : rows;
}
