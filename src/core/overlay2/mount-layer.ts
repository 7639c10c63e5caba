import { isSystemError, join, type FsConfig, type Path } from '../../host/index.ts';
import { ensureDirectory } from '../files/directory.ts';
import { removeMountPoint, unmount } from '../mounts/hold.ts';
import { giveWorkDirectory } from '../mounts/work-directory.ts';
import type { Context } from './context.ts';
import { MountTooLongError, OverlayMountError } from './errors.ts';
import { LayerPaths, mergedMode } from './layout.ts';
import { planMount, type MountPlan, type MountRequest } from './mount-plan.ts';

/** What of a layer's mount is not the same for all layers of a home. */
export interface LayerMount extends Pick<MountRequest, 'directory' | 'lowers' | 'label' | 'access'> {
  /** The layer's own short name, see MountRequest; asked for when no plan fits without it. */
  readonly link: () => MountRequest['link'];
}

/** Plans the mount of a layer of this home on this kernel. */
export function planLayerMount({ host, kernel, layers, quirks }: Context, layer: LayerMount): MountPlan {
  const { directory, lowers, label, access, link } = layer;
  // Not spread: that is slower than a system call.
  const request: MountRequest = {
    directory,
    lowers,
    label,
    access,
    link: undefined,
    home: layers.layout.home,
    options: kernel.options,
    // Until 2020 Docker forgot the NUL that ends the data, for which the kernel cuts off the last byte.
    pageSize: host.system.pageSize() + (quirks.has('full-page') ? 1 : 0),
    lowerdirPlus: false,
  };
  const plan = planMount(request);
  if (plan.kind !== 'refused') return plan;
  const byLink = { ...request, link: link() };
  const linked = planMount(byLink);
  // The kernel is asked for its newer ways only when the older ones do not do.
  return linked.kind === 'refused' && kernel.takesLowersOneByOne(layers.layout.home)
    ? planMount({ ...byLink, lowerdirPlus: true })
    : linked;
}

/** Mounts a layer on its `merged`, which is made for it. On an error neither is there. */
export function mountLayer(context: Context, layer: LayerMount): void {
  const { host, layers, owners, warn } = context;
  const { merged, work } = new LayerPaths(join(layers.layout.home, layer.directory));
  const plan = planLayerMount(context, layer);
  ensureDirectory(host.fs, merged, mergedMode, owners.containerRoot);
  try {
    carryOut(context, merged, plan);
  } catch (error) {
    removeMountPoint(host, merged, warn);
    throw isSystemError(error) && plan.kind !== 'refused' ? new OverlayMountError(merged, error) : error;
  }
  if (layer.access === 'read-only') return;
  try {
    giveWorkDirectory(host.fs, work, owners.containerRoot);
  } catch (error) {
    unmount(host, merged, warn);
    throw error;
  }
}

function carryOut({ host }: Context, merged: Path, plan: MountPlan): void {
  switch (plan.kind) {
    case 'absolute':
      host.mount.mount('overlay', plan.target, 'overlay', 0, plan.data);
      return;
    case 'relative':
      host.mount.mountFrom(plan.directory, 'overlay', plan.target, 'overlay', 0, plan.data);
      return;
    case 'fsconfig':
      host.mount.fsmount('overlay', plan.target, [source, ...plan.options.map(configOption)], 0);
      return;
    case 'refused':
      throw new MountTooLongError(merged, plan.reason);
  }
}

/** What the mount table shows as the source, as with mount(2). */
const source: FsConfig = { key: 'source', value: 'overlay' };

function configOption({ key, value }: { readonly key: string; readonly value?: string }): FsConfig {
  return value === undefined ? { key, flag: true } : { key, value };
}
