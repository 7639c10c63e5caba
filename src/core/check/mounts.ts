import { type Host, type Path } from '../../host/index.ts';
import { realPath } from '../files/real-path.ts';
import type { LayerId } from '../layer-id.ts';
import { removeMountPoint } from '../mounts/hold.ts';
import { Holders } from '../mounts/holders.ts';
import { isMountPoint } from '../mounts/mount-points.ts';
import { unmendable, type Finding } from './finding.ts';

/** Where a layer's holders are counted, and where it is mounted, if its view needs a mount. */
export interface Counted {
  readonly layer: LayerId;
  readonly holders: Path;
  readonly target: Path | undefined;
  /** What becomes of the mount point when nobody holds the layer: some drivers remove it. */
  readonly unheld: 'kept' | 'removed';
}

/** Counts that are void: of an earlier boot, or without the mount that they count. */
export function voidCount(host: Host, counted: Counted, warn: (message: string) => void): readonly Finding[] {
  const { layer, holders, target, unheld } = counted;
  if (host.fs.lstatIfExists(holders) === undefined || isHeld(host, counted)) return [];
  const by = (): void => {
    if (target !== undefined && unheld === 'removed') removeMountPoint(host, target, warn);
    new Holders(host, holders).write(0);
  };
  const what =
    target === undefined ? 'it counts holders of an earlier boot' : 'it counts holders of a mount that is gone';
  return [{ kind: 'void-count', layer, path: holders, what, remedy: { words: 'forget them', by } }];
}

/** As `useOf` has it: a mount is held at least once, whatever the file says, which a crash may have left empty. */
function isHeld(host: Host, { holders, target }: Counted): boolean {
  return target === undefined ? (new Holders(host, holders).read() ?? 0) > 0 : isMountPoint(host, target);
}

/**
 * Mounts below a home that are no layer's, and layers that are mounted more than once. A layer's own mount without a count is
 * dockerd's, and what is mounted inside a view is its holders' business. None is unmounted: somebody may be using it.
 */
export function strayMounts(host: Host, home: Path, targets: ReadonlyMap<Path, LayerId>): readonly Finding[] {
  const real = realPath(host.fs, home);
  const seen = new Map<Path, LayerId | undefined>();
  const findings: Finding[] = [];
  for (const { target: mounted } of host.mount.table()) {
    if (!mounted.startsWith(`${real}/`)) continue;
    const target = `${home}${mounted.slice(real.length)}` as Path;
    if (isInside(target, targets)) continue;
    const layer = targets.get(target);
    if (layer === undefined)
      findings.push(unmendable('stray-mount', '', target, 'this mount is no layer’s; unmount it'));
    else if (seen.has(target)) {
      findings.push(
        unmendable('stray-mount', layer, target, 'the layer is mounted more than once; unmount the upper one'),
      );
    }
    seen.set(target, layer);
  }
  return findings;
}

function isInside(target: Path, views: ReadonlyMap<Path, LayerId>): boolean {
  return [...views.keys()].some((view) => target.startsWith(`${view}/`));
}
