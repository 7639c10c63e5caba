import { isSystemError, MS_REMOUNT, type Host, type Path, type SystemError } from '../../host/index.ts';
import { AufsMountError, AufsMountRefusedError } from './errors.ts';
import { planMount, type MountPlan, type MountRequest } from './mount-plan.ts';
import type { Context } from './context.ts';

/** A layer, or one that is being built. */
export type LayerMount = Pick<MountRequest, 'writable' | 'below' | 'label'>;

/** How a layer is mounted on this host. */
export function planLayerMount({ host, dirperm1 }: Context, layer: LayerMount): MountPlan {
  return planMount({ ...layer, dirperm1, pageSize: host.system.pageSize() });
}

/**
 * Mounts a layer. On an error nothing is mounted.
 * @throws AufsMountError, AufsMountRefusedError
 */
export function mountLayer(context: Context, target: Path, layer: LayerMount): void {
  const { host, warn } = context;
  const plan = planLayerMount(context, layer);
  if (plan.kind === 'refused') throw new AufsMountRefusedError(target, plan.reason);
  mountAufs(host, target, 0, plan.data);
  try {
    for (const data of plan.remounts) mountAufs(host, target, MS_REMOUNT, data);
  } catch (error) {
    try {
      host.mount.umount2(target, 0);
    } catch (failure) {
      warn(`cannot unmount what is half a layer: ${String(failure)}`);
    }
    throw error;
  }
}

function mountAufs(host: Host, target: Path, flags: number, data: string): void {
  try {
    host.mount.mount('none', target, 'aufs', flags, data);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw mountError(target, flags, data, error);
  }
}

function mountError(target: Path, flags: number, data: string, error: SystemError): AufsMountError {
  return new AufsMountError(target, `${flags === MS_REMOUNT ? 'flags=MS_REMOUNT ' : ''}data=${data}`, error);
}
