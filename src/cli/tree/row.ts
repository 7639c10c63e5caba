import { isDevice, isRegular, major, minor, textFromPath } from '../../host/index.ts';
import type { ViewEntry } from './layered-view.ts';

/** One line of `tree --json`: a path of the view, or one that a layer has deleted (`whiteout`). */
export interface TreeRow {
  readonly path: string;
  readonly type: string;
  readonly layer: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly target?: string;
  readonly rdev?: string;
  readonly opaque?: true;
}

export function treeRow({ path, stat, target, layer, isOpaque }: ViewEntry): TreeRow {
  const shown = { path: path === '' ? '.' : textFromPath(path) };
  if (stat === undefined) return { ...shown, type: 'whiteout', layer: layer.id };
  return {
    ...shown,
    type: stat.type,
    layer: layer.id,
    mode: stat.permissions,
    uid: stat.uid,
    gid: stat.gid,
    ...(isRegular(stat.mode) ? { size: stat.size } : {}),
    ...(target === undefined ? {} : { target: textFromPath(target) }),
    ...(isDevice(stat.mode) ? { rdev: `${major(stat.rdev)}:${minor(stat.rdev)}` } : {}),
    ...(isOpaque ? { opaque: true as const } : {}),
  };
}
