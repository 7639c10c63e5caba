import { pathFromText, type Path } from '../host/index.ts';
import type { Driver } from '../core/driver.ts';
import type { LayerId } from '../core/layer-id.ts';

/** The directory that a driver has made for a layer. */
export interface LayerDirectory {
  readonly path: Path;
  /** Only what the layer changes, with whiteouts and marks, or the whole tree that one sees. */
  readonly holds: 'changes' | 'whole';
}

/** `undefined` where the driver does not tell. */
export async function layerDirectory(driver: Driver, id: LayerId): Promise<LayerDirectory | undefined> {
  const { UpperDir: upper, RootDir: root, SourceDir: source } = await driver.getMetadata(id);
  if (upper !== undefined) return { path: pathFromText(upper), holds: 'changes' };
  const whole = root ?? source;
  return whole === undefined ? undefined : { path: pathFromText(whole), holds: 'whole' };
}

/** Where `get` puts the view of a layer (text); `undefined` where the driver does not tell. */
export async function viewDirectory(driver: Driver, id: LayerId): Promise<string | undefined> {
  const {
    MergedDir: merged,
    UpperDir: upper,
    LowerDir: lower,
    RootDir: root,
    SourceDir: source,
  } = await driver.getMetadata(id);
  return lower === undefined ? (root ?? source ?? upper) : merged;
}
