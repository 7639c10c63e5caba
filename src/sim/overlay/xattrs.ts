import { errno } from '../../host/errno.ts';
import type { Acl, AclType } from '../vfs/acl.ts';
import { CAP_SYS_ADMIN, capable, type Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { ATTR_KILL_SGID, iattr } from '../vfs/iattr.ts';
import { vfsGetAcl, vfsGetxattr, vfsListxattr, vfsRemovexattr, vfsSetAcl, vfsSetxattr } from '../vfs/xattr.ts';
import { inGroupOrCapable } from '../vfs/permission.ts';
import { S_ISGID } from '../../host/constants.ts';
import { copyUp } from './copy-up.ts';
import { setAttributesMerged } from './setattr.ts';
import { wantWrite } from './nlink-change.ts';
import { overlayInode, type OverlayInode } from './overlay-inode.ts';

/** An attribute of the real object, by its name there (ovl_own_xattr_get, ovl_other_xattr_get). */
export function getMergedXattr(inode: OverlayInode, name: string): Uint8Array | number {
  const layerName = nameInLayer(inode, name);
  return typeof layerName === 'number' ? layerName : vfsGetxattr(inode.sb.creator, inode.realDentry, layerName);
}

/** Copies the object, also a directory, up and sets the attribute there, though that may fail (ovl_xattr_set, R92, R93, R172). */
export function setMergedXattr(dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
  const inode = overlayInode(dentry);
  const layerName = nameInLayer(inode, name);
  if (typeof layerName === 'number') return layerName;
  return changeUpper(dentry, (cred, upper) => vfsSetxattr(cred, upper, layerName, value, flags));
}

/** R94: what is not there needs no copy-up. */
export function removeMergedXattr(dentry: Dentry, name: string): number {
  const inode = overlayInode(dentry);
  const layerName = nameInLayer(inode, name);
  if (typeof layerName === 'number') return layerName;
  if (inode.upper === null) {
    const value = vfsGetxattr(inode.sb.creator, inode.realDentry, layerName);
    if (typeof value === 'number') return value;
  }
  return changeUpper(dentry, (cred, upper) => vfsRemovexattr(cred, upper, layerName));
}

/** R170, R171, R174: overlay's own are not shown, and trusted.* only to root (ovl_listxattr). */
export function listMergedXattrs(cred: Credentials, inode: OverlayInode): readonly string[] | number {
  const names = vfsListxattr(inode.sb.creator, inode.realDentry);
  if (typeof names === 'number') return names;
  const { xattrNames } = inode.sb;
  const seesTrusted = capable(cred, CAP_SYS_ADMIN);
  return names
    .filter((name) => !xattrNames.isPrivate(name) && (seesTrusted || !name.startsWith('trusted.')))
    .map((name) => xattrNames.unescape(name));
}

/** The name of an attribute in the layers: what looks like overlay's own is escaped (R171). */
function nameInLayer(inode: OverlayInode, name: string): string | number {
  const { xattrNames } = inode.sb;
  if (!xattrNames.isOwn(name)) return name;
  if (name === xattrNames.prefix) return -errno.EINVAL;
  return xattrNames.escape(name) ?? -errno.EOPNOTSUPP;
}

function changeUpper(dentry: Dentry, change: (cred: Credentials, upper: Dentry) => number): number {
  const inode = overlayInode(dentry);
  const answer = (inode.upper === null ? copyUp(dentry) : 0) || wantWrite(inode.sb);
  if (answer < 0) return answer;
  const { upper } = inode;
  if (upper === null) return -errno.EIO;
  const changed = change(inode.sb.creator, upper);
  inode.copyAttributes();
  return changed;
}

/** The ACL of the real object (do_ovl_get_acl). */
export function getMergedAcl(inode: OverlayInode, type: AclType): Acl | null | number {
  const { real } = inode;
  return real.hasPosixAcl ? real.getAcl(type) : null;
}

/** R175 (ovl_set_acl). */
export function setMergedAcl(cred: Credentials, dentry: Dentry, acl: Acl | null, type: AclType): number {
  const inode = overlayInode(dentry);
  const { workdir, creator } = inode.sb;
  if (workdir?.inode?.hasPosixAcl !== true || !inode.real.hasPosixAcl) return -errno.EOPNOTSUPP;
  const dropped = dropSetgid(cred, dentry, type);
  if (dropped < 0) return dropped;
  if (acl === null && inode.upper === null) {
    const known = vfsGetAcl(inode.realDentry, type);
    if (typeof known === 'number' || known === null) return known ?? -errno.ENODATA;
  }
  return changeUpper(dentry, (_cred, upper) => vfsSetAcl(creator, upper, type, acl));
}

/** The mounter may keep the set-group-ID bit of any file, so that it is taken here where the caller may not. */
function dropSetgid(cred: Credentials, dentry: Dentry, type: AclType): number {
  const inode = overlayInode(dentry);
  if ((inode.mode & S_ISGID) === 0 || type !== 'access' || inGroupOrCapable(cred, inode)) return 0;
  return setAttributesMerged(cred, dentry, iattr(ATTR_KILL_SGID));
}
