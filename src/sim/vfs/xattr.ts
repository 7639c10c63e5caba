import { errno } from '../../host/errno.ts';
import { XATTR_NAME_MAX, XATTR_SIZE_MAX, S_ISVTX } from '../../host/constants.ts';
import { aclFromXattr, aclInside, aclToXattr, aclType, isValidAcl, kernelAcl, type Acl, type AclType } from './acl.ts';
import { XATTR_NAME_CAPS } from './attr.ts';
import { shownCapabilities, storedCapabilities } from './file-capabilities.ts';
import { CAP_SETFCAP, CAP_SYS_ADMIN, capable, type Credentials } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import { positive } from './mount.ts';
import {
  capableOverInode,
  capableOverSuperblock,
  inodePermission,
  MAY_READ,
  MAY_WRITE,
  ownerOrCapable,
} from './permission.ts';
import { mayWriteXattr } from './protection.ts';

/**
 * Extended attributes with the checks that the kernel makes above every filesystem (fs/xattr.c, fs/posix_acl.c). The mount is
 * not looked at: callers ask mayWriteMount first. Names of ACLs are taken as getxattr(2) and its siblings take them.
 */

const security = 'security.';
const trusted = 'trusted.';
const user = 'user.';
const system = 'system.';

/** The value of an attribute, for a caller who may read it (vfs_getxattr, and vfs_get_acl for the names of ACLs). */
export function vfsGetxattr(cred: Credentials, dentry: Dentry, name: string): Uint8Array | number {
  const type = aclType(name);
  if (type !== undefined) return getAclXattr(cred, dentry, type);
  const answer = xattrPermission(cred, positive(dentry), name, MAY_READ);
  if (answer < 0) return answer;
  const value = getxattrUnchecked(cred, dentry, name);
  return name === XATTR_NAME_CAPS && typeof value !== 'number'
    ? shownCapabilities(cred, positive(dentry), value)
    : value;
}

/** The value of an attribute without asking for permission (__vfs_getxattr). */
function getxattrUnchecked(cred: Credentials, dentry: Dentry, name: string): Uint8Array | number {
  const inode = positive(dentry);
  const handled = handlerAnswer(inode, name);
  return handled < 0 ? handled : inode.getxattr(cred, dentry, name);
}

/** Sets an attribute (vfs_setxattr, and vfs_set_acl for the names of ACLs). `flags`: XATTR_CREATE, XATTR_REPLACE. */
export function vfsSetxattr(cred: Credentials, dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
  const type = aclType(name);
  if (type !== undefined) return setAclXattr(cred, dentry, type, value);
  const inode = positive(dentry);
  const capabilities = name === XATTR_NAME_CAPS && value.length > 0;
  const stored = capabilities ? storedCapabilities(cred, inode, value) : value;
  if (typeof stored === 'number') return stored;
  const answer = mayChangeXattr(cred, inode, name);
  return answer < 0 ? answer : setxattrUnchecked(cred, dentry, name, stored, flags);
}

/** Sets an attribute without asking for permission (__vfs_setxattr_noperm). */
function setxattrUnchecked(cred: Credentials, dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
  const inode = positive(dentry);
  const handled = handlerAnswer(inode, name);
  return handled < 0 ? handled : inode.setxattr(cred, dentry, name, value, flags);
}

/** Removes an attribute (vfs_removexattr, and vfs_remove_acl for the names of ACLs). */
export function vfsRemovexattr(cred: Credentials, dentry: Dentry, name: string): number {
  const type = aclType(name);
  if (type !== undefined) return vfsSetAcl(cred, dentry, type, null);
  const inode = positive(dentry);
  let answer = mayChangeXattr(cred, inode, name);
  if (answer < 0) return answer;
  if (name === XATTR_NAME_CAPS && !capableOverInode(cred, inode, CAP_SETFCAP)) return -errno.EPERM;
  answer = handlerAnswer(inode, name);
  return answer < 0 ? answer : inode.removexattr(cred, dentry, name);
}

/** The names of all attributes that `cred` may know of (vfs_listxattr). */
export function vfsListxattr(cred: Credentials, dentry: Dentry): readonly string[] | number {
  return positive(dentry).listxattr(cred, dentry);
}

/** What the kernel says of a name before it looks at the file: empty or too long is ERANGE. */
export function checkXattrName(name: string): number {
  return name === '' || name.length > XATTR_NAME_MAX ? -errno.ERANGE : 0;
}

/** What the kernel says of the flags and the size of a value before it looks at the file. */
export function checkXattrValue(value: Uint8Array, flags: number): number {
  if ((flags & ~3) !== 0) return -errno.EINVAL;
  return value.length > XATTR_SIZE_MAX ? -errno.E2BIG : 0;
}

/** Whose attributes of a namespace may be used, and which objects have any (xattr_permission, R173). */
function xattrPermission(cred: Credentials, inode: Inode, name: string, mask: number): number {
  const writing = mask === MAY_WRITE;
  const protectedBy = writing ? mayWriteXattr(inode) : 0;
  if (protectedBy < 0) return protectedBy;
  if (name.startsWith(security) || name.startsWith(system)) return 0;
  const refusal = writing ? -errno.EPERM : -errno.ENODATA;
  if (name.startsWith(trusted)) return capable(cred, CAP_SYS_ADMIN) ? 0 : refusal;
  if (name.startsWith(user)) {
    if (!inode.isRegular && !inode.isDirectory) return refusal;
    const sticky = inode.isDirectory && (inode.mode & S_ISVTX) !== 0;
    if (sticky && writing && !ownerOrCapable(cred, inode)) return -errno.EPERM;
  }
  return inodePermission(cred, inode, mask);
}

function mayChangeXattr(cred: Credentials, inode: Inode, name: string): number {
  const answer = xattrPermission(cred, inode, name, MAY_WRITE);
  if (answer < 0) return answer;
  if (!name.startsWith(security) || name === XATTR_NAME_CAPS) return 0;
  return capableOverSuperblock(cred, inode.sb, CAP_SYS_ADMIN) ? 0 : -errno.EPERM;
}

/** xattr_resolve_name: no attributes at all, or none of this namespace, is EOPNOTSUPP; a bare prefix is EINVAL. */
function handlerAnswer(inode: Inode, name: string): number {
  if (!inode.hasXattrs() || aclType(name) !== undefined || !inode.handlesXattr(name)) return -errno.EOPNOTSUPP;
  return inode.isXattrPrefix(name) ? -errno.EINVAL : 0;
}

function getAclXattr(cred: Credentials, dentry: Dentry, type: AclType): Uint8Array | number {
  const acl = vfsGetAcl(dentry, type);
  if (typeof acl === 'number') return acl;
  return acl === null ? -errno.ENODATA : aclToXattr(aclInside(cred.userNamespace, acl));
}

/** An object's ACL, `null` where it has none (vfs_get_acl). No permission is needed. */
export function vfsGetAcl(dentry: Dentry, type: AclType): Acl | null | number {
  const inode = positive(dentry);
  if (!inode.hasPosixAcl || inode.isSymlink) return -errno.EOPNOTSUPP;
  return inode.getAcl(type);
}

function setAclXattr(cred: Credentials, dentry: Dentry, type: AclType, value: Uint8Array): number {
  const given = value.length === 0 ? null : aclFromXattr(value);
  if (given === null || typeof given === 'number') return given ?? vfsSetAcl(cred, dentry, type, null);
  const acl = kernelAcl(cred.userNamespace, given);
  return acl === undefined ? -errno.EINVAL : vfsSetAcl(cred, dentry, type, acl);
}

/** Sets or, with `null`, removes an ACL (vfs_set_acl, vfs_remove_acl). */
export function vfsSetAcl(cred: Credentials, dentry: Dentry, type: AclType, acl: Acl | null): number {
  const inode = positive(dentry);
  const writable = mayWriteXattr(inode);
  if (writable < 0) return writable;
  if (!inode.hasPosixAcl || inode.isSymlink) return -errno.EOPNOTSUPP;
  if (type === 'default' && !inode.isDirectory) return acl === null ? 0 : -errno.EACCES;
  if (!ownerOrCapable(cred, inode)) return -errno.EPERM;
  if (acl !== null && !isValidAcl(inode.sb.userNamespace, acl)) return -errno.EINVAL;
  return inode.setAcl(cred, dentry, acl, type);
}
