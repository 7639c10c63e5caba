import type { Acl, AclType } from '../vfs/acl.ts';
import { doTruncate, notifyChange, setattrPrepare } from '../vfs/attr.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import {
  ATTR_CTIME,
  ATTR_FILE,
  ATTR_KILL_SGID,
  ATTR_KILL_SUID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_OPEN,
  ATTR_SIZE,
  type Iattr,
} from '../vfs/iattr.ts';
import type { Kstat } from '../vfs/kstat.ts';
import { positive } from '../vfs/mount.ts';
import { vfsGetAcl, vfsGetxattr, vfsListxattr, vfsRemovexattr, vfsSetAcl, vfsSetxattr } from '../vfs/xattr.ts';
import { aufsInode, type AufsInode } from './aufs-inode.ts';
import { copyUp } from './copy-up.ts';

/** What stat shows: the attributes of the topmost part, with the union's own device, number and link count (aufs_getattr). */
export function getAttributes(cred: Credentials, inode: AufsInode, out: Kstat): number {
  const answer = positive(inode.top.dentry).getattr(cred, inode.top, out);
  if (answer < 0) return answer;
  inode.copyAttributes();
  out.dev = inode.sb.dev;
  out.ino = inode.ino;
  out.nlink = inode.nlink;
  out.blksize = inode.sb.blockSize;
  return 0;
}

/** Copies an object up, with no more bytes than it will have, and changes the copy (aufs_setattr). */
export function setAttributes(cred: Credentials, dentry: Dentry, attr: Iattr): number {
  const prepared = setattrPrepare(cred, dentry, attr);
  if (prepared < 0) return prepared;
  if ((attr.valid & (ATTR_KILL_SUID | ATTR_KILL_SGID)) !== 0) attr.valid &= ~ATTR_MODE;
  const inode = aufsInode(dentry);
  const shrinks = (attr.valid & ATTR_SIZE) !== 0 && attr.size < inode.real.size;
  return changeCopy(dentry, shrinks ? attr.size : Infinity, (real) =>
    (attr.valid & ATTR_SIZE) !== 0 ? truncate(cred, real, attr) : changeReal(cred, real, attr),
  );
}

function truncate(cred: Credentials, real: Dentry, attr: Iattr): number {
  return doTruncate(cred, real, attr.size, attr.valid & (ATTR_MTIME | ATTR_CTIME), undefined);
}

function changeReal(cred: Credentials, real: Dentry, attr: Iattr): number {
  attr.valid &= ~(ATTR_FILE | ATTR_OPEN);
  attr.file = undefined;
  return notifyChange(cred, real, attr);
}

/** Brings the object to the writable branch and changes it there. */
function changeCopy(dentry: Dentry, length: number, change: (real: Dentry) => number): number {
  const part = copyUp(dentry, length);
  if (typeof part === 'number') return part;
  const answer = change(part.dentry);
  aufsInode(dentry).copyAttributes();
  return answer;
}

// Extended attributes: those of the topmost part. Aufs has none of its own.

export function getUnionXattr(cred: Credentials, inode: AufsInode, name: string): Uint8Array | number {
  return vfsGetxattr(cred, inode.top.dentry, name);
}

export function listUnionXattrs(cred: Credentials, inode: AufsInode): readonly string[] | number {
  return vfsListxattr(cred, inode.top.dentry);
}

export function setUnionXattr(
  cred: Credentials,
  dentry: Dentry,
  name: string,
  value: Uint8Array,
  flags: number,
): number {
  return changeCopy(dentry, Infinity, (real) => vfsSetxattr(cred, real, name, value, flags));
}

export function removeUnionXattr(cred: Credentials, dentry: Dentry, name: string): number {
  return changeCopy(dentry, Infinity, (real) => vfsRemovexattr(cred, real, name));
}

export function getUnionAcl(inode: AufsInode, type: AclType): Acl | null | number {
  const { dentry } = inode.top;
  return positive(dentry).hasPosixAcl ? vfsGetAcl(dentry, type) : null;
}

export function setUnionAcl(cred: Credentials, dentry: Dentry, acl: Acl | null, type: AclType): number {
  return changeCopy(dentry, Infinity, (real) => vfsSetAcl(cred, real, type, acl));
}
