import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { MNT_ATIME_MASK, positive, type VfsPath } from '../vfs/mount.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { followsRedirects } from './config.ts';
import { decodableHandles } from './handles.ts';
import { claimUse } from './in-use.ts';
import type { Layer, LayerFilesystem } from './layer.ts';
import { removePrivate, setPrivate } from './layer-xattr.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { checkNameLength, reportInUse, setTrap } from './layer-checks.ts';
import { hasRenameWhiteout, hasTmpfile, makeWorkDirectory, markVolatile, tellsTypes } from './workdir.ts';

/** Takes the upper layer into use (ovl_get_upper). Answers 0 or a negative errno. */
export function setUpUpper(overlay: OverlaySuperblock, filesystem: LayerFilesystem, upper: VfsPath): number {
  if (mayWriteMount(upper.mount) < 0) {
    overlay.log('upper fs is r/o, try multi-lower layers mount');
    return -errno.EINVAL;
  }
  const answer =
    checkNameLength(overlay, upper, overlay.config.upperdir ?? '') || setTrap(overlay, upper.dentry, 'upperdir');
  if (answer < 0) return answer;
  const mount = overlay.kernel.clonePrivateMount(upper);
  if (typeof mount === 'number') {
    overlay.log('failed to clone upperpath');
    return mount;
  }
  mount.flags &= ~MNT_ATIME_MASK;
  overlay.upperLayer = { mount, index: 0, fsid: 0, filesystem, name: '', hasXwhiteouts: false };
  return claim(overlay, upper.dentry, 'upperdir');
}

/** R54, R55: marks a directory as used by this overlay. */
function claim(overlay: OverlaySuperblock, directory: Dentry, what: string): number {
  const inode = positive(directory);
  if (!claimUse(inode)) return reportInUse(overlay, what);
  overlay.used.push(directory);
  return 0;
}

/** Takes the work directory into use, and finds out there what the upper filesystem can (ovl_get_workdir). */
export function setUpWork(overlay: OverlaySuperblock, upperLayer: Layer, upper: VfsPath, work: VfsPath): number {
  // R53
  if (upper.mount !== work.mount) {
    overlay.log('workdir and upperdir must reside under the same mount');
    return -errno.EINVAL;
  }
  // R52
  if (upper.dentry.isBelow(work.dentry) || work.dentry.isBelow(upper.dentry)) {
    overlay.log('workdir and upperdir must be separate subtrees');
    return -errno.EINVAL;
  }
  overlay.workBase = work.dentry;
  const answer = claim(overlay, work.dentry, 'workdir') || setTrap(overlay, work.dentry, 'workdir');
  return answer < 0 ? answer : makeWork(overlay, upperLayer, work);
}

/** Also where the overlay itself is to be read-only (ovl_make_workdir, R24). */
function makeWork(overlay: OverlaySuperblock, upperLayer: Layer, work: VfsPath): number {
  const writable = mayWriteMount(upperLayer.mount);
  if (writable < 0) return writable;
  const workdir = makeWorkDirectory(overlay, upperLayer, work.dentry, 'work', 'remade');
  if (typeof workdir === 'number') return workdir;
  if (workdir === undefined) return 0;
  overlay.workdir = workdir;
  const answer =
    setTrap(overlay, workdir, 'workdir') ||
    probe(overlay, upperLayer, work, workdir) ||
    leaveVolatileMark(overlay, work.dentry);
  if (answer === 0) fallBackWithoutHandles(overlay, upperLayer);
  return answer;
}

/** R47: what the upper filesystem lacks is done without, unless it is a network filesystem. */
function probe(overlay: OverlaySuperblock, upperLayer: Layer, work: VfsPath, workdir: Dentry): number {
  const types = tellsTypes(overlay, upperLayer, work.dentry);
  if (typeof types === 'number') return types;
  if (!types) overlay.log('upper fs needs to support d_type.');
  overlay.tmpfile = hasTmpfile(overlay, workdir);
  if (!overlay.tmpfile) overlay.log('upper fs does not support tmpfile.');
  const whiteouts = hasRenameWhiteout(overlay, workdir);
  if (typeof whiteouts === 'number') return whiteouts;
  if (!whiteouts) overlay.log('upper fs does not support RENAME_WHITEOUT.');
  probeXattrs(overlay, workdir);
  if (upperLayer.mount.sb.remote && !(types && whiteouts && overlay.xattrs)) {
    overlay.log('upper fs missing required features.');
    return -errno.EINVAL;
  }
  return 0;
}

function probeXattrs(overlay: OverlaySuperblock, workdir: Dentry): void {
  const answer = setPrivate(overlay, workdir, 'opaque', Uint8Array.of(0x30));
  if (answer === 0) {
    removePrivate(overlay, workdir, 'opaque');
    return;
  }
  overlay.log('failed to set xattr on upper');
  overlay.xattrs = false;
  fallBackWithoutXattrs(overlay);
  if (answer === -errno.EPERM && !overlay.config.userxattr) overlay.log("try mounting with 'userxattr' option");
}

/** R47, R194. */
function fallBackWithoutXattrs(overlay: OverlaySuperblock): void {
  const { config } = overlay;
  if (followsRedirects(config)) {
    config.redirect = 'nofollow';
    overlay.log('...falling back to redirect_dir=nofollow.');
  }
  if (config.metacopy) {
    config.metacopy = false;
    overlay.log('...falling back to metacopy=off.');
  }
  if (config.index) {
    config.index = false;
    overlay.log('...falling back to index=off.');
  }
  if (overlay.hasUuid) {
    config.uuid = 'null';
    overlay.log('...falling back to uuid=null.');
  }
  if (config.xino === 'auto') {
    config.xino = 'off';
    overlay.log('...falling back to xino=off.');
  }
}

/** R195. */
function leaveVolatileMark(overlay: OverlaySuperblock, base: Dentry): number {
  if (overlay.syncs) return 0;
  const answer = markVolatile(overlay, base);
  if (answer < 0) overlay.log('Failed to create volatile/dirty file.');
  return answer;
}

function fallBackWithoutHandles(overlay: OverlaySuperblock, upperLayer: Layer): void {
  const { config } = overlay;
  const kind = decodableHandles(overlay, upperLayer.mount.sb);
  if (config.index && kind === 'none') {
    config.index = false;
    overlay.log('upper fs does not support file handles, falling back to index=off.');
  }
  if (kind === 'none') overlay.fileHandles = false;
  if (kind !== 'ino32') overlay.xinoBits = -1;
  if (config.nfsExport && !config.index) {
    overlay.log('NFS export requires "index=on", falling back to nfs_export=off.');
    config.nfsExport = false;
  }
}
