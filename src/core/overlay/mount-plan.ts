import { join, type Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import { escapeLayer } from '../mounts/escape-layer.ts';
import { withMountLabel } from '../mounts/mount-label.ts';

/** What a layer's mount is planned from. */
export interface MountRequest {
  readonly home: Path;
  /** The layer's directory below the home: its id, or where it is built. */
  readonly directory: string;
  /** The layer whose `root` lies below. */
  readonly lower: LayerId;
  /** SELinux label, '' for none. */
  readonly label: string;
  /** Options that go first. */
  readonly options: readonly string[];
  /** Bytes; mount(2) takes one less, for its data end with a NUL. */
  readonly pageSize: number;
}

/** How a layer is mounted: the arguments of the call, or why there is no way. Relative names are below the home. */
export type MountPlan =
  | { readonly kind: 'absolute' | 'relative'; readonly data: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Plans the mount of a layer: with absolute names, which is Docker's only way, else with names relative to the home, which
 * fit a page unless the label does not. Never are data handed to mount(2) that it would cut (R20).
 */
export function planMount(request: MountRequest): MountPlan {
  const limit = request.pageSize - 1;
  const absolute = mountData(request, (name) => join(request.home, name));
  if (absolute.length <= limit) return { kind: 'absolute', data: absolute };
  const relative = mountData(request, (name) => name as Path);
  if (relative.length <= limit) return { kind: 'relative', data: relative };
  const size = `the mount data are ${relative.length} bytes at least, mount(2) takes ${limit}`;
  return { kind: 'refused', reason: `cannot mount layer, mount label too large ${relative.length}: ${size}` };
}

function mountData({ directory, lower, label, options }: MountRequest, name: (name: string) => Path): string {
  const at = (path: string): string => escapeLayer(name(path));
  const layers = [
    `lowerdir=${at(`${lower}/root`)}`,
    `upperdir=${at(`${directory}/upper`)}`,
    `workdir=${at(`${directory}/work`)}`,
  ];
  return withMountLabel([...options, ...layers].join(','), label);
}
