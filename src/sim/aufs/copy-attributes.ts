import { errno } from '../../host/errno.ts';
import { aclType } from '../vfs/acl.ts';
import { notifyChange } from '../vfs/attr.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_FORCE,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_UID,
  iattr,
} from '../vfs/iattr.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import { vfsGetxattr, vfsListxattr, vfsSetAcl, vfsSetxattr } from '../vfs/xattr.ts';

/** Times as they were before something that must not change them. */
export interface KeptTimes {
  readonly atimeSec: number;
  readonly atimeNsec: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
}

export function timesOf({ atimeSec, atimeNsec, mtimeSec, mtimeNsec }: Inode): KeptTimes {
  return { atimeSec, atimeNsec, mtimeSec, mtimeNsec };
}

/** Access and change time of a branch's object (au_dtime_revert). */
export function setTimes(cred: Credentials, dentry: Dentry, times: KeptTimes): number {
  const attr = { ...iattr(ATTR_FORCE | ATTR_ATIME | ATTR_MTIME | ATTR_ATIME_SET | ATTR_MTIME_SET), ...times };
  return notifyChange(cred, dentry, attr);
}

/**
 * Gives an object of one branch the owner, times, mode and extended attributes of another's. `times` are what the source had
 * before it was read.
 */
export function copyAttributes(cred: Credentials, from: Dentry, to: Dentry, times: KeptTimes): number {
  const source = positive(from);
  return (
    dropInherited(cred, to) ||
    setOwner(cred, to, source) ||
    setMode(cred, to, source) ||
    copyXattrs(cred, from, to) ||
    setTimes(cred, to, times)
  );
}

/** ACLs that the directory gave to the new object. */
function dropInherited(cred: Credentials, to: Dentry): number {
  const inode = positive(to);
  if (!inode.hasPosixAcl || inode.isSymlink) return 0;
  const access = vfsSetAcl(cred, to, 'access', null);
  if (access < 0 && access !== -errno.EOPNOTSUPP) return access;
  return inode.isDirectory ? vfsSetAcl(cred, to, 'default', null) : 0;
}

function setOwner(cred: Credentials, to: Dentry, { uid, gid }: Inode): number {
  return notifyChange(cred, to, { ...iattr(ATTR_FORCE | ATTR_UID | ATTR_GID), uid, gid });
}

function setMode(cred: Credentials, to: Dentry, { mode, isSymlink }: Inode): number {
  return isSymlink ? 0 : notifyChange(cred, to, { ...iattr(ATTR_FORCE | ATTR_MODE), mode });
}

function copyXattrs(cred: Credentials, from: Dentry, to: Dentry): number {
  if (!positive(from).hasXattrs()) return 0;
  const names = vfsListxattr(cred, from);
  if (typeof names === 'number') return names === -errno.EOPNOTSUPP ? 0 : names;
  for (const name of names) {
    const answer = copyXattr(cred, from, to, name);
    if (answer < 0) return answer;
  }
  return 0;
}

function copyXattr(cred: Credentials, from: Dentry, to: Dentry, name: string): number {
  const value = vfsGetxattr(cred, from, name);
  if (typeof value === 'number') return value === -errno.EOPNOTSUPP && aclType(name) !== undefined ? 0 : value;
  return vfsSetxattr(cred, to, name, value, 0);
}
