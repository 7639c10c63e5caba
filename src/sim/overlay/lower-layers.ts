import { errno } from '../../host/errno.ts';
import { MNT_NOATIME, MNT_READONLY, positive } from '../vfs/mount.ts';
import { FILESYSTEM_MAX_STACK_DEPTH, type Superblock } from '../vfs/superblock.ts';
import { allowsOfflineChanges } from './config.ts';
import { decodableHandles } from './handles.ts';
import { isInUse } from './in-use.ts';
import { checkNameLength, reportInUse, setTrap } from './layer-checks.ts';
import type { LayerFilesystem } from './layer.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import type { NamedLayer, OverlayParameters } from './params.ts';

/** Takes the lower layers into use (ovl_get_lowerstack). Answers 0 or a negative errno. */
export function setUpLower(overlay: OverlaySuperblock, { lower, dataLayers }: OverlayParameters): number {
  const { config } = overlay;
  // R5; a data-only layer counts as well (R7).
  if (config.upperdir === undefined && lower.length === 1) {
    overlay.log('at least 2 lowerdir are needed while upperdir nonexistent');
    return -errno.EINVAL;
  }
  // R69
  if (lower.length === dataLayers) {
    overlay.log('at least one non-data lowerdir is required');
    return -errno.EINVAL;
  }
  overlay.dataLayers = dataLayers;
  for (const layer of lower) {
    const answer = checkLower(overlay, layer);
    if (answer < 0) return answer;
  }
  overlay.stackDepth += 1;
  // R59
  if (overlay.stackDepth > FILESYSTEM_MAX_STACK_DEPTH) {
    overlay.log('maximum fs stacking depth exceeded');
    return -errno.EINVAL;
  }
  const taken = takeLayers(overlay, lower);
  if (taken === 0) chooseXinoBits(overlay);
  return taken;
}

/** R48, R198: what a layer without file handles makes impossible (ovl_lower_dir). */
function checkLower(overlay: OverlaySuperblock, { name, path }: NamedLayer): number {
  const answer = checkNameLength(overlay, path, name);
  if (answer < 0) return answer;
  const { config } = overlay;
  const { sb } = path.mount;
  overlay.stackDepth = Math.max(overlay.stackDepth, sb.stackDepth);
  const kind = decodableHandles(overlay, sb);
  const hasUpper = config.upperdir !== undefined;
  if ((config.nfsExport || (config.index && hasUpper)) && kind === 'none') {
    config.index = false;
    config.nfsExport = false;
    overlay.log(`fs on '${name}' does not support file handles, falling back to index=off,nfs_export=off.`);
  }
  if (kind === 'none') overlay.fileHandles = false;
  if (config.xino === 'auto' && hasUpper && kind === 'none') {
    config.xino = 'off';
    overlay.log(`fs on '${name}' does not support file handles, falling back to xino=off.`);
  }
  if (kind !== 'ino32') overlay.xinoBits = -1;
  return 0;
}

/** ovl_get_layers. */
function takeLayers(overlay: OverlaySuperblock, lower: readonly NamedLayer[]): number {
  const merged = lower.length - overlay.dataLayers;
  let dataFilesystem: LayerFilesystem | undefined;
  for (const [at, layer] of lower.entries()) {
    const { mount, dentry } = layer.path;
    const fsid = at < merged ? filesystemNumber(overlay, layer) : overlay.filesystems.length;
    // Data-only layers need no number of their own: nothing there is an object of the merged view.
    const filesystem =
      overlay.filesystems[fsid] ?? (dataFilesystem ??= { sb: undefined, pseudoDev: 0, badUuid: false, isLower: true });
    const trapped = setTrap(overlay, dentry, 'lowerdir');
    if (trapped < 0) return trapped;
    const used = isInUse(positive(dentry)) ? reportInUse(overlay, 'lowerdir') : 0;
    if (used < 0) return used;
    const clone = overlay.kernel.clonePrivateMount({ mount, dentry });
    if (typeof clone === 'number') {
      overlay.log('failed to clone lowerpath');
      return clone;
    }
    clone.flags |= MNT_READONLY | MNT_NOATIME;
    filesystem.isLower = true;
    const { name } = layer;
    overlay.lowerLayers.push({ mount: clone, index: at + 1, fsid, filesystem, name, hasXwhiteouts: false });
  }
  return 0;
}

/** The number of a layer's filesystem, a new one for the first layer on it; the upper's is 0 (ovl_get_fsid, R108). */
function filesystemNumber(overlay: OverlaySuperblock, layer: NamedLayer): number {
  const { sb } = layer.path.mount;
  const known = overlay.filesystems.findIndex((filesystem) => filesystem.sb === sb);
  if (known >= 0) return known;
  const badUuid = !isUuidUsable(overlay, sb);
  if (badUuid) fallBackWithoutUuid(overlay, layer);
  const pseudoDev = overlay.kernel.takeAnonymousDevice();
  return overlay.filesystems.push({ sb, pseudoDev, badUuid, isLower: false }) - 1;
}

/** Whether handles can be told from those of other layers by the UUID of their filesystem (ovl_lower_uuid_ok). */
function isUuidUsable(overlay: OverlaySuperblock, { uuid }: Superblock): boolean {
  if (!overlay.config.nfsExport && overlay.upperLayer === undefined) return true;
  if (allowsOfflineChanges(overlay.config) && isNull(uuid)) return false;
  const same = overlay.filesystems.find(({ sb, isLower }) => isLower && sb !== undefined && isEqual(sb.uuid, uuid));
  if (same === undefined) return true;
  same.badUuid = true;
  return false;
}

function isNull(uuid: Uint8Array): boolean {
  return uuid.every((byte) => byte === 0);
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, at) => byte === other[at]);
}

function fallBackWithoutUuid(overlay: OverlaySuperblock, { path }: NamedLayer): void {
  const { config } = overlay;
  const affected = config.xino === 'auto' || config.index || config.nfsExport;
  if (config.xino === 'auto') config.xino = 'off';
  config.index = false;
  config.nfsExport = false;
  if (!affected) return;
  const what = isNull(path.mount.sb.uuid) ? 'null' : 'conflicting';
  const fallback = `xino=${config.xino},index=off,nfs_export=off`;
  overlay.log(`${what} uuid detected in lower fs '${shownDentry(path.dentry)}', falling back to ${fallback}.`);
}

/** R38, R39: how many bits of st_ino tell the filesystems apart. */
function chooseXinoBits(overlay: OverlaySuperblock): void {
  const { config, filesystems } = overlay;
  const real = overlay.upperLayer === undefined ? filesystems.length - 1 : filesystems.length;
  if (real === 1) {
    if (config.xino === 'on') overlay.log('"xino=on" is useless with all layers on same fs, ignore.');
    overlay.xinoBits = 0;
  } else if (config.xino === 'off') {
    overlay.xinoBits = -1;
  } else if (overlay.xinoBits < 0) {
    overlay.xinoBits = Math.floor(Math.log2(filesystems.length - 1)) + 2;
  }
  if (overlay.xinoBits > 0) overlay.log(`"xino" feature enabled using ${overlay.xinoBits} upper inode bits.`);
}
