import { errno } from '../../host/errno.ts';
import { S_IFMT } from '../../host/constants.ts';
import { capable, CAP_DAC_READ_SEARCH } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { FILEID_INO32_GEN, FILEID_INVALID } from '../vfs/file-handle.ts';
import { positive } from '../vfs/mount.ts';
import type { Superblock } from '../vfs/superblock.ts';
import { vfsGetxattr, vfsSetxattr } from '../vfs/xattr.ts';
import { LayerPath } from './layer.ts';
import {
  encodeOrigin,
  handleFid,
  handleType,
  handleUuid,
  isUpperHandle,
  parseOrigin,
  sameBytes,
  sameHandle,
  type HandleSide,
  type OriginHandle,
} from './origin-handle.ts';
import { shownDentry } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import type { PrivateXattr } from './private-xattr.ts';

/** What a filesystem's handles are to overlay: none, those with inode numbers of 32 bits, or others. */
export type HandleKind = 'none' | 'ino32' | 'other';

/** Whether handles of a filesystem can be decoded by the mounter (ovl_can_decode_fh, R48, R198). */
export function decodableHandles(overlay: OverlaySuperblock, sb: Superblock): HandleKind {
  if (!capable(overlay.creator, CAP_DAC_READ_SEARCH) || !sb.hasFileHandles()) return 'none';
  const handle = sb.encodeHandle(positive(sb.root));
  return handle?.type === FILEID_INO32_GEN && handle.bytes.length === ino32Size ? 'ino32' : 'other';
}

/** Number and generation in 32 bits each: the encoding of most filesystems on disks (generic_encode_ino32_fh). */
const ino32Size = 8;

/** The handle of a real object; EIO where its filesystem has none (ovl_encode_real_fh). */
export function encodeReal(overlay: OverlaySuperblock, real: Dentry, side: HandleSide): OriginHandle | number {
  const inode = positive(real);
  const handle = inode.sb.encodeHandle(inode);
  if (handle === undefined || handle.type === FILEID_INVALID) return -errno.EIO;
  return encodeOrigin(side, handle.type, overlay.handlesHaveUuid ? inode.sb.uuid : null, handle.bytes);
}

/** What is stored as the origin of a lower object: `null` (stored empty) where its handle would be of no use (R48, R197). */
export function originOf(overlay: OverlaySuperblock, lower: Dentry): OriginHandle | null | number {
  return decodableHandles(overlay, lower.sb) === 'none' ? null : encodeReal(overlay, lower, 'lower');
}

/** The object of a handle in the filesystem of one layer, `null` where it is not there, or an errno (ovl_decode_real_fh). */
export function decodeReal(overlay: OverlaySuperblock, handle: OriginHandle, sb: Superblock): Dentry | null | number {
  if (!capable(overlay.creator, CAP_DAC_READ_SEARCH)) return null;
  const uuid = handleUuid(handle);
  const matches = overlay.handlesHaveUuid ? sameBytes(uuid, sb.uuid) : uuid.every((byte) => byte === 0);
  if (!matches) return null;
  const real = sb.decodeHandle({ type: handleType(handle), bytes: handleFid(handle) });
  // What is gone has no origin; but an index entry must learn that its upper is.
  return real === null && isUpperHandle(handle) ? -errno.ESTALE : real;
}

/** The lower object of a stored handle, ESTALE where no layer has it (ovl_check_origin_fh). */
export function decodeOrigin(
  overlay: OverlaySuperblock,
  handle: OriginHandle,
  upper: Dentry | null,
): LayerPath | number {
  for (const layer of overlay.lowerLayers.slice(0, overlay.mergedLayers)) {
    if (layer.fsid !== 0 && layer.filesystem.badUuid) continue;
    const origin = decodeReal(overlay, handle, layer.mount.sb);
    if (typeof origin === 'number') return origin;
    if (origin === null) continue;
    return upper === null || fitsOrigin(overlay, upper, origin) ? new LayerPath(layer, origin) : -errno.ESTALE;
  }
  return -errno.ESTALE;
}

function fitsOrigin(overlay: OverlaySuperblock, upper: Dentry, origin: Dentry): boolean {
  const inode = positive(upper);
  const type = inode.mode & S_IFMT;
  const originType = positive(origin).mode & S_IFMT;
  if (inode.isWhiteout || type === originType) return true;
  overlay.log(
    `invalid origin (${shownDentry(upper)}, ftype=${type.toString(16)}, origin ftype=${originType.toString(16)}).`,
  );
  return false;
}

/** The handle that is stored on an upper object, `null` where there is none that counts (ovl_get_fh). */
export function storedHandle(overlay: OverlaySuperblock, upper: Dentry, name: PrivateXattr): OriginHandle | null {
  const value = vfsGetxattr(overlay.creator, upper, overlay.xattr(name));
  if (typeof value === 'number') {
    if (value !== -errno.ENODATA && value !== -errno.EOPNOTSUPP) overlay.log(`failed to get origin (${value})`);
    return null;
  }
  if (value.length === 0) return null;
  const handle = parseOrigin(value);
  if (typeof handle !== 'number') return handle;
  if (handle !== -errno.ENODATA) overlay.log(`invalid origin (${Buffer.from(value).toString('hex')})`);
  return null;
}

/** Where a copied-up object came from, as its upper object says, `null` where that is not known (ovl_check_origin). */
export function findOrigin(overlay: OverlaySuperblock, upper: Dentry): LayerPath | null | number {
  const handle = storedHandle(overlay, upper, 'origin');
  if (handle === null) return null;
  const origin = decodeOrigin(overlay, handle, upper);
  return origin === -errno.ESTALE ? null : origin;
}

/** What is done where no handle is stored. */
export type MissingHandle = 'report' | 'store';

/** Compares a stored handle: ESTALE where it is another, ENODATA where there is none (ovl_verify_set_fh). */
export function verifyHandle(
  overlay: OverlaySuperblock,
  dentry: Dentry,
  name: PrivateXattr,
  handle: OriginHandle,
  missing: MissingHandle,
): number {
  const stored = storedHandle(overlay, dentry, name);
  if (stored !== null) return sameHandle(handle, stored) ? 0 : -errno.ESTALE;
  if (missing === 'report') return -errno.ENODATA;
  return vfsSetxattr(overlay.creator, dentry, overlay.xattr(name), handle.bytes, 0);
}

/** Compares the stored handle with that of a real object (ovl_verify_origin_xattr). */
export function verifyReal(
  overlay: OverlaySuperblock,
  dentry: Dentry,
  name: PrivateXattr,
  real: Dentry,
  side: HandleSide,
  missing: MissingHandle,
): number {
  const handle = encodeReal(overlay, real, side);
  const answer = typeof handle === 'number' ? handle : verifyHandle(overlay, dentry, name, handle, missing);
  if (answer !== 0) {
    const what = side === 'upper' ? 'upper' : 'origin';
    overlay.log(`failed to verify ${what} (${shownDentry(real)}, ino=${positive(real).ino}, err=${answer})`);
  }
  return answer;
}
