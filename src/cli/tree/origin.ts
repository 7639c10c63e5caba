import { isDirectory, type Dir, type Name, type Stat } from '../../host/index.ts';
import { isOpaque, isWhiteoutDevice } from '../../core/archive/lower-stack.ts';
import type { OverlayXattrs } from '../../core/archive/options.ts';
import type { StackLayer } from './layers.ts';

/**
 * The layers that give to one directory of the view, topmost first: those that hold changes only, which the kernel merges,
 * and below them those that hold whole trees, of which the first is all that one sees.
 */
export interface Parts {
  readonly changes: readonly StackLayer[];
  readonly wholes: readonly StackLayer[];
}

/** The parts of the root. A layer that holds a whole tree ends the merging. */
export function rootParts(stack: readonly StackLayer[]): Parts {
  const whole = stack.findIndex(({ directory }) => directory.holds === 'whole');
  const end = whole < 0 ? stack.length : whole;
  return {
    changes: stack.slice(0, end),
    wholes: stack.slice(end).filter(({ directory }) => directory.holds === 'whole'),
  };
}

/** A layer's part of a directory, open. */
export interface OpenPart {
  readonly layer: StackLayer;
  readonly dir: Dir;
}

/** Where a name of a directory comes from. */
export interface Origin {
  /** The layer whose entry one sees; `undefined` where the name is deleted, or comes from elsewhere (redirect_dir). */
  readonly layer: StackLayer | undefined;
  readonly deletedBy: StackLayer | undefined;
  readonly isOpaque: boolean;
  /** If it is a directory. */
  readonly parts: Parts;
}

const noParts: Parts = { changes: [], wholes: [] };

/** The origin of a name in a directory whose parts are open. */
export function originOf(
  name: Name,
  changes: readonly OpenPart[],
  wholes: readonly OpenPart[],
  xattrs: OverlayXattrs,
): Origin {
  const given: StackLayer[] = [];
  for (const { layer, dir } of changes) {
    const stat = dir.lstatIfExists(name);
    if (stat === undefined) continue;
    const parts = { changes: given, wholes: [] };
    if (isWhiteoutDevice(stat)) return origin(given[0], { deletedBy: given.length === 0 ? layer : undefined, parts });
    if (!isDirectory(stat.mode)) return origin(given[0] ?? layer, { parts });
    given.push(layer);
    if (isOpaque(dir, name, xattrs)) return origin(given[0], { isOpaque: true, parts });
  }
  const below = originInWholes(name, wholes);
  const [top] = given;
  if (top === undefined) return below;
  return origin(top, { parts: { changes: given, wholes: below.parts.wholes } });
}

function origin(layer: StackLayer | undefined, rest: Partial<Origin>): Origin {
  return { layer, deletedBy: undefined, isOpaque: false, parts: noParts, ...rest };
}

/** In whole trees an entry comes from the lowest layer since which it is the same. */
function originInWholes(name: Name, wholes: readonly OpenPart[]): Origin {
  const stats = wholes.map(({ dir }) => dir.lstatIfExists(name));
  const [first] = stats;
  if (first === undefined) {
    const last = stats.findIndex((stat) => stat !== undefined);
    return origin(undefined, { deletedBy: last < 0 ? undefined : wholes[last - 1]?.layer });
  }
  const changed = stats.findIndex((stat) => stat === undefined || !isSame(stat, first));
  const layer = wholes.at(changed < 0 ? -1 : changed - 1)?.layer;
  const directories = stats.findIndex((stat) => stat === undefined || !isDirectory(stat.mode));
  const parts = wholes.slice(0, directories < 0 ? undefined : directories).map((whole) => whole.layer);
  return origin(layer, { parts: { changes: [], wholes: parts } });
}

/** As far as a copy keeps it. */
function isSame(a: Stat, b: Stat): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.rdev === b.rdev &&
    a.mtime.sec === b.mtime.sec &&
    a.mtime.nsec === b.mtime.nsec &&
    (isDirectory(a.mode) || a.size === b.size)
  );
}
