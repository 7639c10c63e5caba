import { errno } from '../../host/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISVTX } from '../../host/constants.ts';
import { ACL_GROUP, ACL_GROUP_OBJ, ACL_MASK, ACL_OTHER, ACL_USER, ACL_USER_OBJ, type Acl } from './acl.ts';
import {
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  hasIds,
  inGroup,
  nsCapable,
  type Credentials,
} from './credentials.ts';
import { hasId } from './id-map.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import { S_IMMUTABLE } from './protection.ts';
import type { Superblock } from './superblock.ts';

/** What is asked of an inode (MAY_*). */
export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;
export const MAY_APPEND = 8;
export const MAY_ACCESS = 16;
export const MAY_OPEN = 32;
export const MAY_CHDIR = 64;

const SET = 7;

/**
 * Whether `cred` may do `mask` with the inode (inode_permission): a read-only superblock refuses writes with EROFS, what
 * is immutable with EPERM, then the filesystem's own permission decides. A read-only mount is for the caller to see (mayWriteMount).
 */
export function inodePermission(cred: Credentials, inode: Inode, mask: number): number {
  if ((mask & MAY_WRITE) !== 0) {
    if (inode.sb.readOnly && isStored(inode.mode)) return -errno.EROFS;
    if ((inode.protection & S_IMMUTABLE) !== 0) return -errno.EPERM;
  }
  return inode.permission(cred, mask);
}

/** Whether writing to it would change the filesystem: not so for devices, fifos and sockets. */
function isStored(mode: number): boolean {
  const type = mode & S_IFMT;
  return type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
}

/** The permission rules of POSIX with ACLs and capabilities (generic_permission). */
export function genericPermission(cred: Credentials, inode: Inode, mask: number): number {
  const answer = aclPermissionCheck(cred, inode, mask);
  if (answer !== -errno.EACCES) return answer;
  return capabilityOverrides(cred, inode, mask) ? 0 : -errno.EACCES;
}

function aclPermissionCheck(cred: Credentials, inode: Inode, mask: number): number {
  const { mode } = inode;
  const asked = mask & SET;
  if (inode.uid === cred.fsuid) return (asked & ~(mode >> 6)) === 0 ? 0 : -errno.EACCES;
  if (inode.hasPosixAcl && (mode & 0o070) !== 0) {
    const acl = inode.getAcl('access');
    if (typeof acl === 'number') return acl;
    if (acl !== null) return aclPermission(cred, inode, acl, asked);
  }
  if ((asked & (((mode >> 3) ^ mode) & SET)) !== 0 && inGroup(cred, inode.gid)) {
    return (asked & ~(mode >> 3)) === 0 ? 0 : -errno.EACCES;
  }
  return (asked & ~mode) === 0 ? 0 : -errno.EACCES;
}

/** posix_acl_permission. The owner's entry was decided before from the mode. */
function aclPermission(cred: Credentials, inode: Inode, acl: Acl, asked: number): number {
  let groupFound = false;
  for (const [index, { tag, permissions, id }] of acl.entries()) {
    if (tag === ACL_USER_OBJ) {
      if (inode.uid === cred.fsuid) return grants(permissions, asked);
    } else if (tag === ACL_USER) {
      if (id === cred.fsuid) return grants(permissions & maskAfter(acl, index), asked);
    } else if (tag === ACL_GROUP_OBJ || tag === ACL_GROUP) {
      if (!inGroup(cred, tag === ACL_GROUP ? id : inode.gid)) continue;
      groupFound = true;
      if ((permissions & asked) === asked) return grants(permissions & maskAfter(acl, index), asked);
    } else if (tag === ACL_OTHER) {
      return groupFound ? -errno.EACCES : grants(permissions, asked);
    }
  }
  return -errno.EIO;
}

function maskAfter(acl: Acl, index: number): number {
  for (let at = index + 1; at < acl.length; at += 1) {
    const entry = acl[at];
    if (entry?.tag === ACL_MASK) return entry.permissions;
  }
  return SET;
}

function grants(permissions: number, asked: number): number {
  return (permissions & asked) === asked ? 0 : -errno.EACCES;
}

function capabilityOverrides(cred: Credentials, inode: Inode, mask: number): boolean {
  const asked = mask & SET;
  if (inode.isDirectory) {
    if ((asked & MAY_WRITE) === 0 && capableOverInode(cred, inode, CAP_DAC_READ_SEARCH)) return true;
    return capableOverInode(cred, inode, CAP_DAC_OVERRIDE);
  }
  if (asked === MAY_READ && capableOverInode(cred, inode, CAP_DAC_READ_SEARCH)) return true;
  if ((asked & MAY_EXEC) !== 0 && (inode.mode & 0o111) === 0) return false;
  return capableOverInode(cred, inode, CAP_DAC_OVERRIDE);
}

/** Whether a capability counts for an inode: the caller's namespace must have its ids (capable_wrt_inode_uidgid). */
export function capableOverInode(cred: Credentials, inode: Inode, capability: number): boolean {
  return ((cred.effective >>> capability) & 1) === 1 && hasIds(cred.userNamespace, inode);
}

/** Whether `cred` may keep the set-group-ID bit of an inode that is, or will be, of group `gid` (in_group_or_capable). */
export function inGroupOrCapable(cred: Credentials, inode: Inode, gid = inode.gid): boolean {
  return inGroup(cred, gid) || capableOverInode(cred, inode, CAP_FSETID);
}

/** Whether `cred` owns the inode or stands above its owner, whatever its group (inode_owner_or_capable). */
export function ownerOrCapable(cred: Credentials, inode: Inode): boolean {
  if (inode.uid === cred.fsuid) return true;
  return ((cred.effective >>> CAP_FOWNER) & 1) === 1 && hasId(cred.userNamespace.uids, inode.uid);
}

/** Whether the sticky bit of `dir` keeps `cred` from removing or renaming `inode` (check_sticky). */
export function isStickyFor(cred: Credentials, dir: Inode, inode: Inode): boolean {
  if ((dir.mode & S_ISVTX) === 0) return false;
  if (inode.uid === cred.fsuid || dir.uid === cred.fsuid) return false;
  return !capableOverInode(cred, inode, CAP_FOWNER);
}

/** 0, or EROFS where the mount or its superblock is read-only (mnt_want_write). */
export function mayWriteMount(mount: Mount): number {
  return mount.readOnly || mount.sb.readOnly ? -errno.EROFS : 0;
}

/** Whether a capability counts for the superblock's owner (ns_capable(sb->s_user_ns)). */
export function capableOverSuperblock(cred: Credentials, sb: Superblock, capability: number): boolean {
  return nsCapable(cred, sb.userNamespace, capability);
}
