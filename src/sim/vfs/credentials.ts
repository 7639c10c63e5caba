/**
 * Who asks: the ids, groups and capabilities of a process (include/linux/cred.h). Credentials are values; a process that
 * changes its ids gets new ones. Every function of the VFS takes them as an argument, so that overlay can act on its layers
 * with those of the mounter.
 */

import { hasId, kernelId, type IdMap } from './id-map.ts';

/** The capabilities that the simulated kernel asks for, by their numbers in linux/capability.h. */
export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_RESOURCE = 24;
export const CAP_MKNOD = 27;
export const CAP_SETFCAP = 31;

/** A set of capabilities: bit n is capability n. Capabilities above 31 are not asked for and not kept. */
export type CapabilitySet = number;

export const NO_CAPABILITIES: CapabilitySet = 0;
export const ALL_CAPABILITIES: CapabilitySet = 0xffffffff;

/** A user namespace: which ids there are in it, and what capabilities in it are worth. */
export interface UserNamespace {
  /** `undefined` for the first one, the initial user namespace. */
  readonly parent: UserNamespace | undefined;
  /** Empty until they are written. */
  uids: IdMap;
  gids: IdMap;
}

/** Who a process is. The ids are the kernel's. */
export interface Credentials {
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  /** The ids that count for files. */
  readonly fsuid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly fsgid: number;
  readonly groups: readonly number[];
  readonly permitted: CapabilitySet;
  readonly effective: CapabilitySet;
  readonly userNamespace: UserNamespace;
}

/** Credentials with all uids, gids and the groups given; capabilities as setuid(2) leaves them: all for uid 0, else none. */
export function credentials(
  uid: number,
  gid: number,
  groups: readonly number[],
  userNamespace: UserNamespace,
): Credentials {
  const capabilities = uid === 0 ? ALL_CAPABILITIES : NO_CAPABILITIES;
  return {
    uid,
    euid: uid,
    suid: uid,
    fsuid: uid,
    gid,
    egid: gid,
    sgid: gid,
    fsgid: gid,
    groups,
    permitted: capabilities,
    effective: capabilities,
    userNamespace,
  };
}

/** Whether `capability` is effective for objects of the namespace `owner` (ns_capable): held there or in an ancestor. */
export function nsCapable(cred: Credentials, owner: UserNamespace, capability: number): boolean {
  if (((cred.effective >>> capability) & 1) === 0) return false;
  let namespace: UserNamespace | undefined = owner;
  while (namespace !== undefined) {
    if (namespace === cred.userNamespace) return true;
    namespace = namespace.parent;
  }
  return false;
}

/** Whether `capability` is effective in the initial user namespace (capable). */
export function capable(cred: Credentials, capability: number): boolean {
  return ((cred.effective >>> capability) & 1) === 1 && cred.userNamespace.parent === undefined;
}

/** Whether a user namespace has both ids of an object. */
export function hasIds(
  { uids, gids }: UserNamespace,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): boolean {
  return hasId(uids, uid) && hasId(gids, gid);
}

/** Whether an object of the namespace `owner` can belong to the filesystem ids of `cred` (fsuidgid_has_mapping). */
export function fsIdsMapped(cred: Credentials, owner: UserNamespace): boolean {
  return hasIds(owner, { uid: cred.fsuid, gid: cred.fsgid });
}

/** Whether `uid` is root of a user namespace. */
export function isRootOf(namespace: UserNamespace, uid: number): boolean {
  return kernelId(namespace.uids, 0) === uid;
}

/** Whether `gid` is the filesystem gid or one of the supplementary groups (in_group_p). */
export function inGroup(cred: Credentials, gid: number): boolean {
  return cred.fsgid === gid || cred.groups.includes(gid);
}
