import { errno } from '../../host/errno.ts';
import type { UserNamespace } from './credentials.ts';
import { hasId, idInside, kernelId } from './id-map.ts';

/** Which of an object's two ACLs: that of access to it, or the one that new entries of a directory inherit. */
export type AclType = 'access' | 'default';

/** The names of the two ACLs as extended attributes. */
export const XATTR_NAME_POSIX_ACL_ACCESS = 'system.posix_acl_access';
export const XATTR_NAME_POSIX_ACL_DEFAULT = 'system.posix_acl_default';

/** The ACL that an attribute's name means. */
export function aclType(xattrName: string): AclType | undefined {
  if (xattrName === XATTR_NAME_POSIX_ACL_ACCESS) return 'access';
  return xattrName === XATTR_NAME_POSIX_ACL_DEFAULT ? 'default' : undefined;
}

export const ACL_USER_OBJ = 0x01;
export const ACL_USER = 0x02;
export const ACL_GROUP_OBJ = 0x04;
export const ACL_GROUP = 0x08;
export const ACL_MASK = 0x10;
export const ACL_OTHER = 0x20;

/** One entry: the tag ACL_*, the permission bits 0 to 7, and the id of a USER or GROUP entry (else ACL_UNDEFINED_ID). */
export interface AclEntry {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

const ACL_UNDEFINED_ID = 0xffffffff;

/** A POSIX ACL; a valid one is in the order that `isValidAcl` demands. */
export type Acl = readonly AclEntry[];

const version = 2;
const headerSize = 4;
const entrySize = 8;

/** The ACL of an attribute's value; `null` for one without entries; EINVAL or EOPNOTSUPP (posix_acl_from_xattr). */
export function aclFromXattr(value: Uint8Array): Acl | null | number {
  if (value.length < headerSize) return -errno.EINVAL;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.getUint32(0, true) !== version) return -errno.EOPNOTSUPP;
  if ((value.length - headerSize) % entrySize !== 0) return -errno.EINVAL;
  const entries: AclEntry[] = [];
  for (let at = headerSize; at < value.length; at += entrySize) {
    const tag = view.getUint16(at, true);
    const permissions = view.getUint16(at + 2, true);
    const named = tag === ACL_USER || tag === ACL_GROUP;
    if (!named && ![ACL_USER_OBJ, ACL_GROUP_OBJ, ACL_MASK, ACL_OTHER].includes(tag)) return -errno.EINVAL;
    const id = named ? view.getUint32(at + 4, true) : ACL_UNDEFINED_ID;
    if (named && id === ACL_UNDEFINED_ID) return -errno.EINVAL;
    entries.push({ tag, permissions, id });
  }
  return entries.length === 0 ? null : entries;
}

/** The attribute's value of an ACL (posix_acl_to_xattr). */
export function aclToXattr(acl: Acl): Uint8Array {
  const value = new Uint8Array(headerSize + entrySize * acl.length);
  const view = new DataView(value.buffer);
  view.setUint32(0, version, true);
  for (const [index, { tag, permissions, id }] of acl.entries()) {
    const at = headerSize + entrySize * index;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, permissions, true);
    view.setUint32(at + 4, id, true);
  }
  return value;
}

/** An ACL with the ids of a namespace as the kernel's; `undefined` where there is one that it does not have. */
export function kernelAcl({ uids, gids }: UserNamespace, acl: Acl): Acl | undefined {
  const entries = acl.map((entry) => {
    if (!isNamed(entry)) return entry;
    const id = kernelId(entry.tag === ACL_USER ? uids : gids, entry.id);
    return id === undefined ? undefined : { ...entry, id };
  });
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

/** An ACL as a namespace shows it: ids that it does not have are none. */
export function aclInside({ uids, gids }: UserNamespace, acl: Acl): Acl {
  return acl.map((entry) => {
    if (!isNamed(entry)) return entry;
    return { ...entry, id: idInside(entry.tag === ACL_USER ? uids : gids, entry.id) ?? ACL_UNDEFINED_ID };
  });
}

function isNamed({ tag }: AclEntry): boolean {
  return tag === ACL_USER || tag === ACL_GROUP;
}

/** Whether the entries are those of an ACL, in the only order allowed, for users and groups that a namespace has (posix_acl_valid). */
export function isValidAcl({ uids, gids }: UserNamespace, acl: Acl): boolean {
  let expected = ACL_USER_OBJ;
  let needsMask = false;
  for (const entry of acl) {
    const { tag, permissions, id } = entry;
    if ((permissions & ~7) !== 0) return false;
    if (isNamed(entry) && !hasId(tag === ACL_USER ? uids : gids, id)) return false;
    const next = nextExpected(expected, tag);
    if (next === undefined) return false;
    if (tag === ACL_USER || tag === ACL_GROUP) needsMask = true;
    if (tag === ACL_MASK) needsMask = false;
    expected = next;
  }
  return expected === 0 && !needsMask;
}

/** What may follow `tag` where `expected` (the earliest tag still possible) stood; 0 at the end. */
function nextExpected(expected: number, tag: number): number | undefined {
  switch (tag) {
    case ACL_USER_OBJ:
      return expected === ACL_USER_OBJ ? ACL_USER : undefined;
    case ACL_USER:
      return expected === ACL_USER ? ACL_USER : undefined;
    case ACL_GROUP_OBJ:
      return expected === ACL_USER ? ACL_GROUP : undefined;
    case ACL_GROUP:
      return expected === ACL_GROUP ? ACL_GROUP : undefined;
    case ACL_MASK:
      return expected === ACL_GROUP ? ACL_OTHER : undefined;
    case ACL_OTHER:
      return expected === ACL_OTHER || expected === ACL_GROUP ? 0 : undefined;
    default:
      return undefined;
  }
}

/** The permission bits that say the same as the ACL, and whether they say all of it (posix_acl_equiv_mode). */
export function equivalentMode(acl: Acl): { readonly mode: number; readonly complete: boolean } {
  let mode = 0;
  let mask = -1;
  let complete = true;
  for (const { tag, permissions } of acl) {
    if (tag === ACL_USER_OBJ) mode |= permissions << 6;
    else if (tag === ACL_GROUP_OBJ) mode |= permissions << 3;
    else if (tag === ACL_OTHER) mode |= permissions;
    else complete = false;
    if (tag === ACL_MASK) mask = permissions;
  }
  if (mask >= 0) mode = (mode & ~0o070) | (mask << 3);
  return { mode, complete };
}

/** An ACL changed to what chmod(2) asks for (__posix_acl_chmod_masq). */
export function aclAfterChmod(acl: Acl, mode: number): Acl {
  const hasMask = acl.some(({ tag }) => tag === ACL_MASK);
  return acl.map((entry) => {
    if (entry.tag === ACL_USER_OBJ) return { ...entry, permissions: (mode >> 6) & 7 };
    if (entry.tag === ACL_MASK || (entry.tag === ACL_GROUP_OBJ && !hasMask)) {
      return { ...entry, permissions: (mode >> 3) & 7 };
    }
    return entry.tag === ACL_OTHER ? { ...entry, permissions: mode & 7 } : entry;
  });
}

/**
 * What a new object gets from the default ACL of its directory (posix_acl_create_masq): the ACL cut to the mode that was
 * asked for, and that mode cut to the ACL. `complete` is false where the mode alone cannot say it.
 */
export function aclForCreate(
  acl: Acl,
  mode: number,
): { readonly acl: Acl; readonly mode: number; readonly complete: boolean } {
  const hasMask = acl.some(({ tag }) => tag === ACL_MASK);
  let bits = mode;
  let complete = true;
  const cut = acl.map((entry) => {
    const shift = shiftOf(entry.tag, hasMask);
    if (entry.tag === ACL_USER || entry.tag === ACL_GROUP || entry.tag === ACL_MASK) complete = false;
    if (shift === undefined) return entry;
    const permissions = entry.permissions & ((bits >> shift) & 7);
    bits &= ~(7 << shift) | (permissions << shift);
    return { ...entry, permissions };
  });
  return { acl: cut, mode: bits, complete };
}

/** Which triple of the mode an entry stands for; the group's is the mask's where there is one. */
function shiftOf(tag: number, hasMask: boolean): number | undefined {
  if (tag === ACL_USER_OBJ) return 6;
  if (tag === ACL_OTHER) return 0;
  if (tag === ACL_MASK) return 3;
  return tag === ACL_GROUP_OBJ && !hasMask ? 3 : undefined;
}
