import { errno } from '../../host/errno.ts';
import { aclType } from '../vfs/acl.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { vfsGetAcl, vfsGetxattr, vfsListxattr, vfsSetAcl, vfsSetxattr } from '../vfs/xattr.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/**
 * Copies the attributes of an object to its upper counterpart, but for overlay's own (ovl_copy_xattr, R95). ACLs and security.*
 * must be copied; others that the upper filesystem does not know are left out.
 */
export function copyXattrs(overlay: OverlaySuperblock, from: Dentry, to: Dentry): number {
  if (!positive(from).hasXattrs() || !positive(to).hasXattrs()) return 0;
  const names = vfsListxattr(overlay.creator, from);
  if (typeof names === 'number') return names === -errno.EOPNOTSUPP ? 0 : names;
  for (const name of names) {
    if (overlay.xattrNames.isPrivate(name)) continue;
    const type = aclType(name);
    const answer = type === undefined ? copyXattr(overlay, from, to, name) : copyAcl(overlay, from, to, type);
    if (answer < 0) return answer;
  }
  return 0;
}

function copyXattr(overlay: OverlaySuperblock, from: Dentry, to: Dentry, name: string): number {
  const value = vfsGetxattr(overlay.creator, from, name);
  if (typeof value === 'number') return value;
  const answer = vfsSetxattr(overlay.creator, to, name, value, 0);
  return answer === -errno.EOPNOTSUPP && !name.startsWith('security.') ? 0 : answer;
}

function copyAcl(overlay: OverlaySuperblock, from: Dentry, to: Dentry, type: 'access' | 'default'): number {
  const acl = vfsGetAcl(from, type);
  if (acl === null || acl === -errno.ENODATA || acl === -errno.EOPNOTSUPP) return 0;
  return typeof acl === 'number' ? acl : vfsSetAcl(overlay.creator, to, type, acl);
}
