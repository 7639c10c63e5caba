import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive, type VfsPath } from '../vfs/mount.ts';
import { isInUse } from './in-use.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** The longest name of the merged view is that of the layer that has the longest (ovl_check_namelen). */
export function checkNameLength(overlay: OverlaySuperblock, { dentry }: VfsPath, name: string): number {
  const statfs = dentry.sb.statfs(dentry);
  if (typeof statfs === 'number') {
    overlay.log(`statfs failed on '${name}'`);
    return statfs;
  }
  overlay.nameLength = Math.max(overlay.nameLength, statfs.namelen);
  return 0;
}

/** Notes the root of a layer; ELOOP where another layer has the same, ENOTDIR for no directory (ovl_setup_trap, R49). */
export function setTrap(overlay: OverlaySuperblock, directory: Dentry, what: string): number {
  const inode = positive(directory);
  if (!inode.isDirectory) return -errno.ENOTDIR;
  if (overlay.traps.has(inode)) {
    overlay.log(`conflicting ${what} path`);
    return -errno.ELOOP;
  }
  overlay.traps.add(inode);
  return 0;
}

/** R54, R55: what another overlay writes to is refused with an index, without one it is the mounter's risk. */
export function reportInUse(overlay: OverlaySuperblock, what: string): number {
  const used = `${what} is in-use as upperdir/workdir of another mount`;
  if (overlay.config.index) {
    overlay.log(`${used}, mount with '-o index=off' to override exclusive upperdir protection.`);
    return -errno.EBUSY;
  }
  overlay.log(`${used}, accessing files from both mounts will result in undefined behavior.`);
  return 0;
}

/**
 * Nothing of this mount may lie inside a layer, nor inside what another overlay writes to (ovl_check_overlapping_layers). What
 * others only read may be shared (R57).
 */
export function checkOverlaps(overlay: OverlaySuperblock): number {
  const { upperLayer, workBase } = overlay;
  if (upperLayer !== undefined) {
    const answer = checkAbove(overlay, upperLayer.mount.root, 'upperdir');
    if (answer < 0) return answer;
  }
  if (workBase !== undefined) {
    const answer = checkAbove(overlay, workBase, 'workdir');
    if (answer < 0) return answer;
  }
  for (const { mount } of overlay.lowerLayers) {
    const answer = checkAbove(overlay, mount.root, 'lowerdir');
    if (answer < 0) return answer;
  }
  return 0;
}

/** ovl_check_layer. */
function checkAbove(overlay: OverlaySuperblock, root: Dentry, what: 'lowerdir' | 'upperdir' | 'workdir'): number {
  for (let at = root; !at.isRoot; at = at.parent) {
    const above = positive(at.parent);
    // R50; upper and work directory may lie inside a lower one (R51).
    if (what === 'lowerdir' && overlay.traps.has(above)) {
      overlay.log(`overlapping ${what} path`);
      return -errno.ELOOP;
    }
    if (isInUse(above)) {
      const answer = reportInUse(overlay, what);
      if (answer < 0) return answer;
    }
  }
  return 0;
}
