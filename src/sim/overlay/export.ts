import type { Dentry } from '../vfs/dentry.ts';
import type { FileHandle } from '../vfs/file-handle.ts';
import { positive } from '../vfs/mount.ts';
import { lookupOne } from '../vfs/namei.ts';
import { copyUp } from './copy-up.ts';
import { INODE_INDEX } from './flags.ts';
import { decodeOrigin, decodeReal, encodeReal } from './handles.ts';
import { LayerPath } from './layer.ts';
import { wantWrite } from './nlink-change.ts';
import { isUpperHandle, parseOrigin, type HandleSide } from './origin-handle.ts';
import { overlayInode, type OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/**
 * File handles of an overlay's own objects, which it has with nfs_export=on (fs/overlayfs/export.c): what an overlay above it
 * stores as origins. A handle is that of one real object, behind three bytes that align it.
 */
const OVL_FILEID_V1 = 0xf8;
const padding = 3;

/** The handle of an object, `undefined` where it cannot be made (ovl_encode_fh). */
export function encodeObject(inode: OverlayInode): FileHandle | undefined {
  const side = encodedSide(inode);
  const real = side === 'upper' ? inode.upper : inode.lowerPath?.dentry;
  if (side === undefined || real === null || real === undefined) return undefined;
  const handle = encodeReal(inode.sb, real, side);
  if (typeof handle === 'number') return undefined;
  const bytes = new Uint8Array(padding + handle.bytes.length);
  bytes.set(handle.bytes, padding);
  return { type: OVL_FILEID_V1, bytes };
}

/** Which real object stays the same as long as the object does (ovl_check_encode_origin). */
function encodedSide(inode: OverlayInode): HandleSide | undefined {
  const { sb, upper, lowerPath } = inode;
  if (sb.upperLayer === undefined) return 'lower';
  if (lowerPath === undefined || inode === sb.root.inode) return 'upper';
  if (upper !== null && !inode.has(INODE_INDEX)) return 'upper';
  if (!inode.isDirectory) return 'lower';
  return inode.alias !== null && connect(inode.alias, lowerPath.layer.index) === 0 ? 'lower' : undefined;
}

/** A lower directory must be found again from its own layer's root, or else from the index: it is copied up (ovl_connect_layer). */
function connect(dentry: Dentry, layer: number): number {
  for (let next = dentry; !next.isRoot; next = next.parent) {
    const parent = overlayInode(next.parent);
    if (!next.parent.isRoot && connectableLayer(parent) < layer) {
      return overlayInode(next).upper === null ? wantWrite(parent.sb) || copyUp(next) : 0;
    }
    if (parent.has(INODE_INDEX)) return 0;
  }
  return 0;
}

/** Down to which layer the entries of a directory can be found by their real paths (ovl_connectable_layer). */
function connectableLayer(inode: OverlayInode): number {
  return inode.upper !== null && !inode.has(INODE_INDEX) ? 0 : (inode.lowerPath?.layer.index ?? 0);
}

/** The dentry of a handle, `null` where there is no such object (ovl_fh_to_dentry). */
export function decodeObject(overlay: OverlaySuperblock, { type, bytes }: FileHandle): Dentry | null {
  if (type !== OVL_FILEID_V1) return null;
  const handle = parseOrigin(bytes.subarray(padding));
  if (typeof handle === 'number') return null;
  const { upperLayer } = overlay;
  if (!isUpperHandle(handle)) {
    const origin = decodeOrigin(overlay, handle, null);
    return typeof origin === 'number' ? null : objectOf(overlay, origin);
  }
  if (upperLayer === undefined) return null;
  const upper = decodeReal(overlay, handle, upperLayer.mount.sb);
  return upper === null || typeof upper === 'number' ? null : objectOf(overlay, new LayerPath(upperLayer, upper));
}

/** The object over a real one: a cached one, or what has its path (ovl_get_dentry). */
function objectOf(overlay: OverlaySuperblock, real: LayerPath): Dentry | null {
  const known = overlay.inodeOf(positive(real.dentry))?.alias;
  if (known?.hashed === true) return known;
  return findByPath(overlay, real.layer.mount.root, real.dentry);
}

function findByPath(overlay: OverlaySuperblock, root: Dentry, real: Dentry): Dentry | null {
  if (real === root) return overlay.root;
  if (real.isRoot) return null;
  const parent = findByPath(overlay, root, real.parent);
  if (parent?.inode?.isDirectory !== true) return null;
  const found = lookupOne(overlay.creator, parent, real.name);
  if (typeof found === 'number' || found.inode === null) return null;
  const { upper, lower } = overlayInode(found);
  return [upper, ...lower.map(({ dentry }) => dentry)].some((one) => one?.inode === real.inode) ? found : null;
}
