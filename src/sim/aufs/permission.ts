import { errno } from '../../host/errno.ts';
import { S_IFMT } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { positive } from '../vfs/mount.ts';
import { genericPermission, MAY_APPEND, MAY_EXEC, MAY_WRITE } from '../vfs/permission.ts';
import type { AufsInode } from './aufs-inode.ts';
import type { Part } from './branch.ts';

/**
 * Who may use an object (aufs_permission): whoever may use its topmost part. To read and search a directory all its parts
 * must allow it, unless dirperm1 says that the topmost one decides. Writing needs a writable branch at or above it.
 */
export function unionPermission(cred: Credentials, inode: AufsInode, mask: number): number {
  const writes = (mask & (MAY_WRITE | MAY_APPEND)) !== 0;
  if (!inode.isDirectory || writes || inode.sb.options.dirperm1) {
    const answer = partPermission(cred, inode.top, mask);
    return answer === 0 && writes && isStored(inode.mode) ? writableAbove(inode) : answer;
  }
  for (const part of inode.parts) {
    const answer = partPermission(cred, part, mask);
    if (answer < 0) return answer;
  }
  return 0;
}

/** A branch that is not written to is not asked whether it could be. */
function partPermission(cred: Credentials, { branch, dentry }: Part, mask: number): number {
  const real = positive(dentry);
  if ((mask & MAY_EXEC) !== 0 && real.isRegular && (real.mode & 0o111) === 0) return -errno.EACCES;
  const writes = (mask & (MAY_WRITE | MAY_APPEND)) !== 0;
  return writes && !branch.writable ? genericPermission(cred, real, mask) : real.permission(cred, mask);
}

function writableAbove({ sb, top }: AufsInode): number {
  const branch = sb.writableBranch;
  return branch !== undefined && branch.index <= top.branch.index ? 0 : -errno.EROFS;
}

const special = [0o010000, 0o020000, 0o060000, 0o140000];

/** Whether writing to it changes a filesystem: not so for devices, fifos and sockets. */
function isStored(mode: number): boolean {
  return !special.includes(mode & S_IFMT);
}
