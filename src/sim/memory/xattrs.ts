import { errno } from '../../host/errno.ts';
import { XATTR_CREATE, XATTR_REPLACE } from '../../host/constants.ts';
import { XATTR_NAME_POSIX_ACL_ACCESS, XATTR_NAME_POSIX_ACL_DEFAULT } from '../vfs/acl.ts';
import { CAP_SYS_ADMIN, capable, type Credentials } from '../vfs/credentials.ts';
import type { XattrLimit } from './features.ts';
import type { MemoryInode } from './inode.ts';

/** Bytes that the kernel counts for one attribute besides name and value (struct simple_xattr). */
const entrySpace = 40;

/** Extended attributes of one inode (fs/xattr.c, simple_xattr_*), each under its full name. */
export function getSimpleXattr(inode: MemoryInode, name: string): Uint8Array | number {
  return inode.xattrs?.get(name) ?? -errno.ENODATA;
}

/** Sets an attribute within the space that the filesystem has for inodes; changes ctime (shmem_xattr_handler_set). */
export function setSimpleXattr(inode: MemoryInode, name: string, value: Uint8Array, flags: number): number {
  const old = inode.xattrs?.get(name);
  const space = name.length + value.length + entrySpace;
  const { xattrLimit } = inode.sb.features;
  if (xattrLimit !== undefined && !fits(xattrLimit, name, value)) return -errno.ENOSPC;
  if (!takeSpace(inode, space)) return -errno.ENOSPC;
  const answer = conflict(old, flags);
  if (answer < 0) {
    giveSpace(inode, space);
    return answer;
  }
  (inode.xattrs ??= new Map()).set(name, value.slice());
  if (old !== undefined) giveSpace(inode, name.length + old.length + entrySpace);
  return 0;
}

/** Whether there is space; for an inode that is evicted nothing is counted. */
function takeSpace({ evicted, sb }: MemoryInode, bytes: number): boolean {
  return evicted || sb.limits.takeInodeSpace(bytes);
}

function giveSpace({ evicted, sb }: MemoryInode, bytes: number): void {
  if (!evicted) sb.limits.giveInodeSpace(bytes);
}

function fits({ bytes, align, name: counted }: XattrLimit, name: string, value: Uint8Array): boolean {
  const kept = counted === 'whole' ? name.length : name.length - name.indexOf('.') - 1;
  const aligned = (length: number): number => Math.ceil(length / align) * align;
  return aligned(kept) + aligned(value.length) <= bytes;
}

function conflict(old: Uint8Array | undefined, flags: number): number {
  if (old === undefined) return (flags & XATTR_REPLACE) !== 0 ? -errno.ENODATA : 0;
  return (flags & XATTR_CREATE) !== 0 ? -errno.EEXIST : 0;
}

export function removeSimpleXattr(inode: MemoryInode, name: string): number {
  const old = inode.xattrs?.get(name);
  if (old === undefined) return -errno.ENODATA;
  inode.xattrs?.delete(name);
  giveSpace(inode, name.length + old.length + entrySpace);
  return 0;
}

/** The names of the ACLs, then all others, the greatest first; `trusted.` for CAP_SYS_ADMIN only. */
export function listSimpleXattrs(cred: Credentials, inode: MemoryInode): string[] {
  const names: string[] = [];
  if (inode.accessAcl !== null) names.push(XATTR_NAME_POSIX_ACL_ACCESS);
  if (inode.defaultAcl !== null) names.push(XATTR_NAME_POSIX_ACL_DEFAULT);
  if (inode.xattrs === undefined) return names;
  const privileged = capable(cred, CAP_SYS_ADMIN);
  for (const name of [...inode.xattrs.keys()].sort().reverse()) {
    if (privileged || !name.startsWith('trusted.')) names.push(name);
  }
  return names;
}

/** Gives back the space of all attributes. They stay as they are, for whoever still sees the inode. */
export function giveXattrSpace(inode: MemoryInode): void {
  for (const [name, value] of inode.xattrs ?? []) giveSpace(inode, name.length + value.length + entrySpace);
}
