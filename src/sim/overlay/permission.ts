import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { genericPermission, inodePermission, MAY_APPEND, MAY_READ, MAY_WRITE } from '../vfs/permission.ts';
import type { OverlayInode } from './overlay-inode.ts';

/**
 * Whether the caller may by what the merged view shows, and the mounter by what the layer has (ovl_permission, R121). To write to
 * what is not copied up yet, the mounter must be able to read it.
 */
export function mergedPermission(cred: Credentials, inode: OverlayInode, mask: number): number {
  const answer = genericPermission(cred, inode, mask);
  if (answer < 0) return answer;
  let asked = mask;
  if (inode.upper === null && isStored(inode.real.mode) && (mask & MAY_WRITE) !== 0) {
    asked = (mask & ~(MAY_WRITE | MAY_APPEND)) | MAY_READ;
  }
  return inodePermission(inode.sb.creator, inode.real, asked);
}

function isStored(mode: number): boolean {
  const type = mode & S_IFMT;
  return type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
}
