import { errno } from '../../host/errno.ts';
import { S_IFREG, S_IFMT, S_ISGID, S_ISUID } from '../../host/constants.ts';
import { CAP_CHOWN, CAP_FSETID, capable, inGroup, type Credentials, type UserNamespace } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_CTIME,
  ATTR_FILE,
  ATTR_FORCE,
  ATTR_GID,
  ATTR_KILL_PRIV,
  ATTR_KILL_SGID,
  ATTR_KILL_SUID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_SIZE,
  ATTR_TIMES_SET,
  ATTR_TOUCH,
  ATTR_UID,
  iattr,
  type Iattr,
} from './iattr.ts';
import { hasId } from './id-map.ts';
import type { Inode } from './inode.ts';
import { positive, type VfsPath } from './mount.ts';
import type { OpenFile } from './open-file.ts';
import {
  capableOverInode,
  inGroupOrCapable,
  inodePermission,
  mayWriteMount,
  MAY_WRITE,
  ownerOrCapable,
} from './permission.ts';
import { S_APPEND, S_IMMUTABLE } from './protection.ts';

/** The attribute of file capabilities, which a change of the file removes. */
export const XATTR_NAME_CAPS = 'security.capability';

/** Changes attributes: the checks above the filesystem, then its setattr (notify_change). `attr` may be changed. */
export function notifyChange(cred: Credentials, dentry: Dentry, attr: Iattr): number {
  const inode = positive(dentry);
  const answer = maySetattr(cred, inode, attr.valid);
  if (answer < 0) return answer;
  if ((attr.valid & ATTR_MODE) !== 0 && inode.isSymlink) return -errno.EOPNOTSUPP;
  if ((attr.valid & ATTR_KILL_PRIV) !== 0) {
    const needed = needsKillPriv(cred, dentry);
    if (needed < 0) return needed;
    if (needed === 0) attr.valid &= ~ATTR_KILL_PRIV;
  }
  killSetIds(inode, attr);
  if ((attr.valid & ~(ATTR_KILL_SUID | ATTR_KILL_SGID)) === 0) return 0;
  if (!canBelongTo(inode.sb.userNamespace, attr)) return -errno.EOVERFLOW;
  return inode.setattr(cred, dentry, attr);
}

/** Whether the filesystem's namespace has the new ids. */
function canBelongTo({ uids, gids }: UserNamespace, { valid, uid, gid }: Iattr): boolean {
  if ((valid & ATTR_UID) !== 0 && !hasId(uids, uid)) return false;
  return (valid & ATTR_GID) === 0 || hasId(gids, gid);
}

function maySetattr(cred: Credentials, inode: Inode, valid: number): number {
  if (inode.protection !== 0 && (valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET)) !== 0) return -errno.EPERM;
  if ((inode.protection & S_IMMUTABLE) !== 0 && (valid & ATTR_TOUCH) !== 0) return -errno.EPERM;
  if ((valid & ATTR_TOUCH) === 0 || ownerOrCapable(cred, inode)) return 0;
  return inodePermission(cred, inode, MAY_WRITE);
}

/** Turns ATTR_KILL_SUID and ATTR_KILL_SGID into a mode. */
function killSetIds(inode: Inode, attr: Iattr): void {
  const { mode } = inode;
  if ((attr.valid & ATTR_KILL_SUID) !== 0 && (mode & S_ISUID) !== 0) {
    attr.valid |= ATTR_MODE;
    attr.mode = mode & ~S_ISUID;
  }
  if ((attr.valid & ATTR_KILL_SGID) !== 0 && (mode & S_ISGID) !== 0) {
    if ((attr.valid & ATTR_MODE) === 0) attr.mode = mode;
    attr.valid |= ATTR_MODE;
    attr.mode &= ~S_ISGID;
  }
}

/** 1 where the file has capabilities that a change must remove (cap_inode_need_killpriv). */
function needsKillPriv(cred: Credentials, dentry: Dentry): number {
  const value = getCapabilities(cred, dentry);
  return typeof value !== 'number' && value.length > 0 ? 1 : 0;
}

function getCapabilities(cred: Credentials, dentry: Dentry): Uint8Array | number {
  const inode = positive(dentry);
  if (!inode.hasXattrs() || !inode.handlesXattr(XATTR_NAME_CAPS)) return -errno.EOPNOTSUPP;
  return inode.getxattr(cred, dentry, XATTR_NAME_CAPS);
}

/** The checks of a setattr operation that follows the rules of POSIX (setattr_prepare). */
export function setattrPrepare(cred: Credentials, dentry: Dentry, attr: Iattr): number {
  const inode = positive(dentry);
  if ((attr.valid & ATTR_SIZE) !== 0) {
    const answer = newSizeAllowed(inode, attr.size);
    if (answer < 0) return answer;
  }
  if ((attr.valid & ATTR_FORCE) === 0) {
    const answer = ownerAllows(cred, inode, attr);
    if (answer < 0) return answer;
  }
  return (attr.valid & ATTR_KILL_PRIV) === 0 ? 0 : killPriv(cred, dentry);
}

function newSizeAllowed(inode: Inode, size: number): number {
  if (size < 0) return -errno.EINVAL;
  return size > inode.size && size > inode.sb.maxBytes ? -errno.EFBIG : 0;
}

function ownerAllows(cred: Credentials, inode: Inode, attr: Iattr): number {
  if ((attr.valid & ATTR_UID) !== 0 && !mayChown(cred, inode, attr.uid)) return -errno.EPERM;
  if ((attr.valid & ATTR_GID) !== 0 && !mayChgrp(cred, inode, attr.gid)) return -errno.EPERM;
  if ((attr.valid & ATTR_MODE) !== 0) {
    if (!ownerOrCapable(cred, inode)) return -errno.EPERM;
    const gid = (attr.valid & ATTR_GID) !== 0 ? attr.gid : inode.gid;
    if (!inGroupOrCapable(cred, inode, gid)) attr.mode &= ~S_ISGID;
  }
  const timesSet = (attr.valid & (ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET)) !== 0;
  return timesSet && !ownerOrCapable(cred, inode) ? -errno.EPERM : 0;
}

function mayChown(cred: Credentials, inode: Inode, uid: number): boolean {
  return (inode.uid === cred.fsuid && uid === inode.uid) || capableOverInode(cred, inode, CAP_CHOWN);
}

function mayChgrp(cred: Credentials, inode: Inode, gid: number): boolean {
  if (inode.uid === cred.fsuid && (gid === inode.gid || inGroup(cred, gid))) return true;
  return capableOverInode(cred, inode, CAP_CHOWN);
}

function killPriv(cred: Credentials, dentry: Dentry): number {
  const inode = positive(dentry);
  if (!inode.hasXattrs() || !inode.handlesXattr(XATTR_NAME_CAPS)) return 0;
  const answer = inode.removexattr(cred, dentry, XATTR_NAME_CAPS);
  return answer === -errno.EOPNOTSUPP ? 0 : answer;
}

/** Stores everything but the size in the inode (setattr_copy). */
export function setattrCopy(cred: Credentials, inode: Inode, attr: Iattr): void {
  const { valid } = attr;
  const { sec, nsec } = inode.sb.kernel.clock;
  if ((valid & ATTR_UID) !== 0) inode.uid = attr.uid;
  if ((valid & ATTR_GID) !== 0) inode.gid = attr.gid;
  if ((valid & ATTR_ATIME) !== 0) {
    const set = (valid & ATTR_ATIME_SET) !== 0;
    inode.atimeSec = set ? attr.atimeSec : sec;
    inode.atimeNsec = set ? attr.atimeNsec : nsec;
  }
  if ((valid & ATTR_MTIME) !== 0) {
    const set = (valid & ATTR_MTIME_SET) !== 0;
    inode.mtimeSec = set ? attr.mtimeSec : sec;
    inode.mtimeNsec = set ? attr.mtimeNsec : nsec;
  }
  if ((valid & ATTR_CTIME) !== 0) {
    inode.ctimeSec = sec;
    inode.ctimeNsec = nsec;
  }
  if ((valid & ATTR_MODE) !== 0) inode.mode = inGroupOrCapable(cred, inode) ? attr.mode : attr.mode & ~S_ISGID;
}

/** Whether a change of owner or bytes takes the set-group-ID bit: ATTR_KILL_SGID or 0 (setattr_should_drop_sgid). */
function shouldDropSetgid(cred: Credentials, inode: Inode): number {
  if ((inode.mode & S_ISGID) === 0) return 0;
  return (inode.mode & 0o010) !== 0 || !inGroupOrCapable(cred, inode) ? ATTR_KILL_SGID : 0;
}

/** What a change of bytes by `cred` must take from the file: a set of ATTR_KILL_*, or an errno (dentry_needs_remove_privs). */
function neededPrivRemoval(cred: Credentials, dentry: Dentry): number {
  const inode = positive(dentry);
  let kill = (inode.mode & S_ISUID) !== 0 ? ATTR_KILL_SUID : 0;
  kill |= shouldDropSetgid(cred, inode);
  if (kill !== 0 && (capable(cred, CAP_FSETID) || (inode.mode & S_IFMT) !== S_IFREG)) kill = 0;
  const capabilities = needsKillPriv(cred, dentry);
  if (capabilities < 0) return capabilities;
  return capabilities > 0 ? kill | ATTR_KILL_PRIV : kill;
}

/** Takes set-id bits and file capabilities before a write by `cred` (file_remove_privs). */
export function fileRemovePrivs(cred: Credentials, file: OpenFile): number {
  if (!file.inode.isRegular) return 0;
  const kill = neededPrivRemoval(cred, file.dentry);
  return kill <= 0 ? kill : notifyChange(cred, file.dentry, iattr(ATTR_FORCE | kill));
}

/** Sets the size of a file (do_truncate). `times` is what else is set: ATTR_MTIME | ATTR_CTIME of an open with O_TRUNC. */
export function doTruncate(
  cred: Credentials,
  dentry: Dentry,
  size: number,
  times: number,
  file: OpenFile | undefined,
): number {
  if (size < 0) return -errno.EINVAL;
  const attr = iattr(ATTR_SIZE | times);
  attr.size = size;
  if (file !== undefined) {
    attr.file = file;
    attr.valid |= ATTR_FILE;
  }
  const kill = neededPrivRemoval(cred, dentry);
  if (kill < 0) return kill;
  if (kill > 0) attr.valid |= kill | ATTR_FORCE;
  return notifyChange(cred, dentry, attr);
}

/** truncate(2) of a path (vfs_truncate). */
export function vfsTruncate(cred: Credentials, path: VfsPath, size: number): number {
  const inode = positive(path.dentry);
  if (inode.isDirectory) return -errno.EISDIR;
  if (!inode.isRegular) return -errno.EINVAL;
  const readOnly = mayWriteMount(path.mount);
  if (readOnly < 0) return readOnly;
  const answer = inodePermission(cred, inode, MAY_WRITE);
  if (answer < 0) return answer;
  return (inode.protection & S_APPEND) !== 0 ? -errno.EPERM : doTruncate(cred, path.dentry, size, 0, undefined);
}

/** chmod(2) of a path whose mount was asked (chmod_common). */
export function vfsChmod(cred: Credentials, dentry: Dentry, mode: number): number {
  const inode = positive(dentry);
  const attr = iattr(ATTR_MODE | ATTR_CTIME);
  attr.mode = (mode & 0o7777) | (inode.mode & ~0o7777);
  return notifyChange(cred, dentry, attr);
}

/** chown(2) of a path whose mount was asked; -1 keeps an id (chown_common). */
export function vfsChown(cred: Credentials, dentry: Dentry, uid: number, gid: number): number {
  const inode = positive(dentry);
  const attr = iattr(ATTR_CTIME);
  if (uid !== -1) {
    attr.valid |= ATTR_UID;
    attr.uid = uid;
  }
  if (gid !== -1) {
    attr.valid |= ATTR_GID;
    attr.gid = gid;
  }
  if (!inode.isDirectory) attr.valid |= ATTR_KILL_SUID | ATTR_KILL_PRIV | shouldDropSetgid(cred, inode);
  return notifyChange(cred, dentry, attr);
}
