import { errno } from '../../host/errno.ts';
import { CLONE_FS, CLONE_NEWNS, CLONE_NEWUSER } from '../../host/constants.ts';
import {
  ALL_CAPABILITIES,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  fsIdsMapped,
  isRootOf,
  NO_CAPABILITIES,
  nsCapable,
  type Credentials,
  type UserNamespace,
} from '../vfs/credentials.ts';
import { composed, kernelId, noIds, shownId, type IdMap } from '../vfs/id-map.ts';
import { topmost, topOfNamespace } from './mount-tree.ts';
import type { Process } from './process.ts';

/** System calls on who a process is and which namespaces it is in (kernel/sys.c, kernel/fork.c). */

/** The ids of a user namespace, by those of the one above. */
export interface IdMaps {
  readonly uids: IdMap;
  readonly gids: IdMap;
}

/** The most supplementary groups (NGROUPS_MAX). */
const maxGroups = 65536;

/** An id of a process as its user namespace shows it. */
export function shownUid({ cred }: Process, which: 'uid' | 'euid'): number {
  return shownId(cred.userNamespace.uids, cred[which]);
}

export function shownGid({ cred }: Process, which: 'gid' | 'egid'): number {
  return shownId(cred.userNamespace.gids, cred[which]);
}

export function setresuid(process: Process, ...ids: readonly [real: number, effective: number, saved: number]): number {
  const old = process.cred;
  const [real, effective, saved] = ids.map((id) => kernelIdOrNone(old.userNamespace.uids, id));
  if (real === undefined || effective === undefined || saved === undefined) return -errno.EINVAL;
  const own = [old.uid, old.euid, old.suid];
  const asked = [real, effective, saved].filter((id) => id !== -1);
  if (asked.some((id) => !own.includes(id)) && !nsCapable(old, old.userNamespace, CAP_SETUID)) return -errno.EPERM;
  const uid = real === -1 ? old.uid : real;
  const euid = effective === -1 ? old.euid : effective;
  const suid = saved === -1 ? old.suid : saved;
  process.cred = withUids(old, { uid, euid, suid });
  return 0;
}

/** What becomes of the capabilities as ids become or leave 0 (cap_emulate_setxuid). */
function withUids(old: Credentials, ids: Pick<Credentials, 'uid' | 'euid' | 'suid'>): Credentials {
  let { permitted, effective } = old;
  const isRoot = (uid: number): boolean => isRootOf(old.userNamespace, uid);
  const wasRoot = isRoot(old.uid) || isRoot(old.euid) || isRoot(old.suid);
  const staysRoot = isRoot(ids.uid) || isRoot(ids.euid) || isRoot(ids.suid);
  if (wasRoot && !staysRoot) permitted = effective = NO_CAPABILITIES;
  if (isRoot(old.euid) && !isRoot(ids.euid)) effective = NO_CAPABILITIES;
  if (!isRoot(old.euid) && isRoot(ids.euid)) effective = permitted;
  return { ...old, ...ids, fsuid: ids.euid, permitted, effective };
}

export function setresgid(process: Process, ...ids: readonly [real: number, effective: number, saved: number]): number {
  const old = process.cred;
  const [real, effective, saved] = ids.map((id) => kernelIdOrNone(old.userNamespace.gids, id));
  if (real === undefined || effective === undefined || saved === undefined) return -errno.EINVAL;
  const own = [old.gid, old.egid, old.sgid];
  const asked = [real, effective, saved].filter((id) => id !== -1);
  if (asked.some((id) => !own.includes(id)) && !nsCapable(old, old.userNamespace, CAP_SETGID)) return -errno.EPERM;
  const gid = real === -1 ? old.gid : real;
  const egid = effective === -1 ? old.egid : effective;
  const sgid = saved === -1 ? old.sgid : saved;
  process.cred = { ...old, gid, egid, sgid, fsgid: egid };
  return 0;
}

export function setgroups(process: Process, groups: readonly number[]): number {
  const { cred } = process;
  const { gids } = cred.userNamespace;
  if (!nsCapable(cred, cred.userNamespace, CAP_SETGID) || gids.length === 0) return -errno.EPERM;
  if (groups.length > maxGroups) return -errno.EINVAL;
  const known = groups.flatMap((group) => kernelId(gids, group) ?? []);
  if (known.length < groups.length) return -errno.EINVAL;
  process.cred = { ...cred, groups: known.sort((a, b) => a - b) };
  return 0;
}

/** -1 stays -1: it keeps the id that there is. */
function kernelIdOrNone(map: IdMap, id: number): number | undefined {
  return id === -1 ? id : kernelId(map, id);
}

/**
 * unshare(2): CLONE_FS is always so here, as processes share nothing; CLONE_NEWNS copies the mounts; CLONE_NEWUSER makes the
 * process all-powerful in a namespace of its own, which has no ids until they are mapped (mapIds): not from within a chroot
 * (create_user_ns). Others are EINVAL.
 */
export function unshare(process: Process, flags: number): number {
  if ((flags & ~(CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) !== 0) return -errno.EINVAL;
  const { cred } = process;
  const newUser = (flags & CLONE_NEWUSER) !== 0;
  const newMounts = (flags & CLONE_NEWNS) !== 0;
  if (newMounts && !newUser && !nsCapable(cred, cred.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
  if (newUser) {
    const parent = cred.userNamespace;
    if (isChrooted(process)) return -errno.EPERM;
    if (!fsIdsMapped({ ...cred, fsuid: cred.euid, fsgid: cred.egid }, parent)) return -errno.EPERM;
    const userNamespace: UserNamespace = { parent, uids: noIds, gids: noIds };
    process.cred = { ...cred, userNamespace, permitted: ALL_CAPABILITIES, effective: ALL_CAPABILITIES };
  }
  if (newMounts) copyMounts(process);
  return 0;
}

/** Whether the root of a process is not that of all it could see (current_chrooted). */
function isChrooted({ root }: Process): boolean {
  const top = topOfNamespace(root.mount);
  const whole = topmost({ mount: top, dentry: top.root });
  return root.mount !== whole.mount || root.dentry !== whole.dentry;
}

/**
 * Gives the user namespace of a process its ids, as root of the namespace above does by /proc/PID/uid_map and gid_map:
 * `kernel` ids are those of that namespace. EPERM where it has them already, or they are not there above.
 */
export function mapIds({ cred }: Process, { uids, gids }: IdMaps): number {
  const { userNamespace } = cred;
  const { parent } = userNamespace;
  if (parent === undefined || userNamespace.uids.length > 0 || userNamespace.gids.length > 0) return -errno.EPERM;
  const kernelUids = composed(uids, parent.uids);
  const kernelGids = composed(gids, parent.gids);
  if (kernelUids === undefined || kernelGids === undefined) return -errno.EPERM;
  userNamespace.uids = kernelUids;
  userNamespace.gids = kernelGids;
  return 0;
}

/** The process moves to a copy of its mount namespace: its root and working directory to the copies of their mounts. */
function copyMounts(process: Process): void {
  const { mounts } = process.machine;
  const top = topOfNamespace(process.root.mount);
  const { copies } = mounts.copyNamespace(top, process.cred.userNamespace);
  const { root, cwd } = process;
  const rootMount = copies.get(root.mount) ?? root.mount;
  process.namespace = rootMount.namespace ?? process.namespace;
  process.moveRoot({ mount: rootMount, dentry: root.dentry });
  process.moveCwd({ mount: copies.get(cwd.mount) ?? cwd.mount, dentry: cwd.dentry });
}
