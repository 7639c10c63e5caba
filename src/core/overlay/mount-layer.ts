import { isSystemError, join, type Path } from '../../host/index.ts';
import { ensureDirectory } from '../files/directory.ts';
import { removeMountPoint, unmount } from '../mounts/hold.ts';
import { MountTooLongError, OverlayMountError } from '../mounts/mount-errors.ts';
import { giveWorkDirectory } from '../mounts/work-directory.ts';
import type { Context } from './context.ts';
import { LayerPaths, mergedMode } from './layers.ts';
import { planMount, type MountPlan, type MountRequest } from './mount-plan.ts';

/** What of a layer's mount is not the same for all layers of a home. */
export type LayerMount = Pick<MountRequest, 'directory' | 'lower' | 'label'>;

/** Plans the mount of a layer of this home on this kernel. */
export function planLayerMount({ host, kernel, layers }: Context, layer: LayerMount): MountPlan {
  return planMount({ ...layer, home: layers.home, options: kernel.options, pageSize: host.system.pageSize() });
}

/** Mounts a layer on its `merged`, which is made for it. On an error neither is there. */
export function mountLayer(context: Context, layer: LayerMount): void {
  const { host, layers, containerRoot, warn } = context;
  const { merged, work } = new LayerPaths(join(layers.home, layer.directory));
  const plan = planLayerMount(context, layer);
  ensureDirectory(host.fs, merged, mergedMode, containerRoot);
  try {
    carryOut(context, layer.directory, plan);
  } catch (error) {
    removeMountPoint(host, merged, warn);
    throw isSystemError(error) && plan.kind !== 'refused' ? new OverlayMountError(merged, error) : error;
  }
  try {
    giveWorkDirectory(host.fs, work, containerRoot);
  } catch (error) {
    unmount(host, merged, warn);
    throw error;
  }
}

function carryOut({ host, layers }: Context, directory: string, plan: MountPlan): void {
  const { home } = layers;
  const target = `${directory}/merged` as Path;
  switch (plan.kind) {
    case 'absolute':
      host.mount.mount('overlay', join(home, target), 'overlay', 0, plan.data);
      return;
    case 'relative':
      host.mount.mountFrom(home, 'overlay', target, 'overlay', 0, plan.data);
      return;
    case 'refused':
      throw new MountTooLongError(join(home, target), plan.reason);
  }
}
