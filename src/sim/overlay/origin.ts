import { errno } from '../../host/errno.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { setIfSupported } from './layer-xattr.ts';
import type { OriginHandle } from './origin-handle.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/**
 * Stores where an upper object came from; empty where that has no handle (ovl_set_origin_fh). A symlink or device cannot have
 * a user.* attribute: then it is done without.
 */
export function storeOrigin(overlay: OverlaySuperblock, upper: Dentry, origin: OriginHandle | null): number {
  const answer = setIfSupported(overlay, upper, 'origin', origin?.bytes ?? empty, 0);
  return answer === -errno.EPERM ? 0 : answer;
}

const empty = new Uint8Array(0);
