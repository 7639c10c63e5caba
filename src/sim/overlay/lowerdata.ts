import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { LayerPath } from './layer.ts';
import { overlayInode, shownDentry, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** Looks the data of a metacopy file up in the data-only layers, at its first use (ovl_maybe_lookup_lowerdata, R185). */
export function verifyLowerdata(dentry: Dentry): number {
  const inode = overlayInode(dentry);
  const redirect = inode.lowerdataRedirect;
  if (redirect === undefined) return 0;
  const found = redirect.startsWith('/') ? lookupData(inode.sb, redirect) : -errno.EIO;
  if (typeof found !== 'number') {
    takeLowerdata(inode, found);
    return 0;
  }
  if (redirect.startsWith('/')) {
    inode.sb.log(`lazy lowerdata lookup failed (${shownDentry(dentry)}, err=${found})`);
  }
  return found;
}

/** Once the data is found, it is the lowest object of the stack. */
function takeLowerdata(inode: OverlayInode, data: LayerPath): void {
  inode.lower = [...inode.lower, data];
  inode.lowerdataRedirect = undefined;
}

/** The first data-only layer that has a regular file at the path (ovl_lookup_data_layers, R184). */
function lookupData(overlay: OverlaySuperblock, redirect: string): LayerPath | number {
  let answer: number = -errno.ENOENT;
  for (const layer of overlay.lowerLayers.slice(overlay.mergedLayers)) {
    const found = walk(overlay, layer.mount.root, redirect);
    if (typeof found !== 'number') return new LayerPath(layer, found);
    answer = found;
  }
  return answer;
}

/** A walk that follows no symlink and does not leave the layer (vfs_path_lookup with LOOKUP_BENEATH). */
function walk(overlay: OverlaySuperblock, root: Dentry, path: string): Dentry | number {
  let at = root;
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (!positive(at).isDirectory) return positive(at).isSymlink ? -errno.ELOOP : -errno.ENOTDIR;
    if (name === '..') {
      if (at === root) return -errno.EXDEV;
      at = at.parent;
      continue;
    }
    const found = lookupOne(overlay.creator, at, name);
    if (typeof found === 'number') return found;
    if (found.inode === null) return -errno.ENOENT;
    at = found;
  }
  return positive(at).isRegular ? at : -errno.ENOENT;
}
