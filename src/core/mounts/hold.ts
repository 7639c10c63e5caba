import { isSystemError, MNT_DETACH, type Host, type Path } from '../../host/index.ts';
import { DamagedLayerError } from '../layer-errors.ts';
import { Holders } from './holders.ts';
import { isMountPoint } from './mount-points.ts';

/** A layer as its holders see it. */
export interface Holdable {
  /** The file that counts them. */
  readonly holders: Path;
  readonly view: View;
}

/** Where the whole view of a layer is: in a directory that is there anyway, or where it is mounted when somebody asks. */
export type View =
  | { readonly kind: 'directory'; readonly directory: Path }
  | { readonly kind: 'mount'; readonly target: Path; readonly mount: () => void };

/**
 * Whether and by how many a layer is held. A count without its mount is void (somebody unmounted it, or the machine was
 * started anew), and a mount without a count is one: the first holder's, or dockerd's, so that the next put unmounts it, as with
 * Docker.
 */
export interface Use {
  readonly mounted: boolean;
  readonly holders: number;
  /** Whether there is a file that counts, be the count void. */
  readonly counted: boolean;
}

/** Reads a layer's use. Runs under the home's lock. */
export function useOf(host: Host, { holders, view }: Holdable): Use {
  const read = new Holders(host, holders).read();
  const [count, counted] = [read ?? 0, read !== undefined];
  if (view.kind === 'directory') return { mounted: false, holders: count, counted };
  const mounted = isMountPoint(host, view.target);
  return { mounted, holders: mounted ? Math.max(count, 1) : 0, counted };
}

/**
 * As `useOf`, for removal, which a damaged layer permits as well: nobody can hold that, but something may be mounted on its
 * mount point.
 */
export function useOfDamaged(host: Host, mountPoint: Path, layer: () => Holdable): Use {
  try {
    return useOf(host, layer());
  } catch (error) {
    if (!(error instanceof DamagedLayerError)) throw error;
    return { mounted: isMountPoint(host, mountPoint), holders: 0, counted: false };
  }
}

/**
 * One holder more; the first one mounts what has to be mounted, and that mount is its count: only further ones are written down.
 * Answers where the view is. Runs under the home's lock.
 */
export function hold(host: Host, layer: Holdable): Path {
  const { view } = layer;
  const use = useOf(host, layer);
  const holders = new Holders(host, layer.holders);
  if (view.kind === 'directory' || use.mounted) {
    holders.write(use.holders + 1);
    return view.kind === 'directory' ? view.directory : view.target;
  }
  // With a mount, what is void would count again.
  if (use.counted) holders.write(0);
  view.mount();
  return view.target;
}

/** One holder less; the last one unmounts. Of a layer that nobody holds, nothing. Runs under the home's lock. */
export function release(host: Host, layer: Holdable, warn: (message: string) => void): void {
  const { view } = layer;
  const use = useOf(host, layer);
  const holders = new Holders(host, layer.holders);
  if (use.holders > 1) {
    holders.write(use.holders - 1);
    return;
  }
  if (use.mounted && view.kind === 'mount') unmount(host, view.target, warn);
  else if (view.kind === 'mount') removeMountPoint(host, view.target, warn);
  if (use.counted) holders.write(0);
}

/** Unmounts a view, whoever else may still look into it, and removes its mount point. */
export function unmount(host: Host, target: Path, warn: (message: string) => void): void {
  host.mount.umount2(target, MNT_DETACH);
  removeMountPoint(host, target, warn);
}

/**
 * Removes the empty mount point. Where it is still a mount in other mount namespaces the kernel detaches it there, which
 * is why Docker removes it as well.
 */
export function removeMountPoint(host: Host, target: Path, warn: (message: string) => void): void {
  try {
    host.fs.rmdir(target);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) warn(`cannot remove a mount point: ${String(error)}`);
  }
}
