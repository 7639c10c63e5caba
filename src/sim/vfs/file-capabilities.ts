import { errno } from '../../host/errno.ts';
import { CAP_SETFCAP, isRootOf, nsCapable, type Credentials, type UserNamespace } from './credentials.ts';
import { idInside, kernelId } from './id-map.ts';
import type { Inode } from './inode.ts';
import { capableOverInode } from './permission.ts';

/**
 * The attribute of file capabilities (security/commoncap.c). Revision 2 is of the filesystem's own root; revision 3 ends with
 * the user id, in the filesystem's namespace, that is root of the namespace in which they count.
 */

const revision2Length = 20;
const revisions = new Map([
  [revision2Length, 2],
  [revision2Length + 4, 3],
]);

/** What is stored of a value that `cred` sets: a root of its own namespace becomes the filesystem's id (cap_convert_nscap). */
export function storedCapabilities(cred: Credentials, inode: Inode, value: Uint8Array): Uint8Array | number {
  const revision = revisionOf(value);
  if (revision === undefined) return -errno.EINVAL;
  if (!capableOverInode(cred, inode, CAP_SETFCAP)) return -errno.EPERM;
  const owner = inode.sb.userNamespace;
  if (revision === 2 && nsCapable(cred, owner, CAP_SETFCAP)) return value;
  const root = kernelId(cred.userNamespace.uids, revision === 2 ? 0 : rootOf(value));
  const stored = root === undefined ? undefined : idInside(owner.uids, root);
  return stored === undefined ? -errno.EINVAL : revision3(value, stored);
}

/**
 * What `cred` sees of a stored value: with the root as its namespace knows it, or without one where that is root of its
 * namespace or of one above (cap_inode_getsecurity).
 */
export function shownCapabilities(cred: Credentials, inode: Inode, value: Uint8Array): Uint8Array | number {
  const revision = revisionOf(value);
  if (revision === undefined) return -errno.EINVAL;
  const root = kernelId(inode.sb.userNamespace.uids, revision === 2 ? 0 : rootOf(value));
  const inside = root === undefined ? undefined : idInside(cred.userNamespace.uids, root);
  if (inside !== undefined && inside !== 0) return revision3(value, inside);
  return root !== undefined && ownsNamespace(cred.userNamespace, root) ? revision2(value) : -errno.EOVERFLOW;
}

/** Whether an id is root of a namespace or of one above it (rootid_owns_currentns). */
function ownsNamespace(namespace: UserNamespace, uid: number): boolean {
  if (isRootOf(namespace, uid)) return true;
  return namespace.parent !== undefined && ownsNamespace(namespace.parent, uid);
}

/** Of the first word, only the lowest bit (effective) and the revision may be set. */
function revisionOf(value: Uint8Array): number | undefined {
  const revision = revisions.get(value.length);
  const [first = 0, second, third, last] = value;
  return revision === last && first <= 1 && second === 0 && third === 0 ? revision : undefined;
}

function rootOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset).getUint32(revision2Length, true);
}

function revision2(value: Uint8Array): Uint8Array {
  const shown = value.slice(0, revision2Length);
  shown[3] = 2;
  return shown;
}

function revision3(value: Uint8Array, root: number): Uint8Array {
  const made = new Uint8Array(revision2Length + 4);
  made.set(value.subarray(0, revision2Length));
  made[3] = 3;
  new DataView(made.buffer).setUint32(revision2Length, root, true);
  return made;
}
