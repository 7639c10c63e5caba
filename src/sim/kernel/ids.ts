import { errno } from '../../host/errno.ts';
import { CLONE_FS, CLONE_NEWNS, CLONE_NEWUSER } from '../../host/constants.ts';
import {
  ALL_CAPABILITIES,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  NO_CAPABILITIES,
  nsCapable,
  type Credentials,
} from '../vfs/credentials.ts';
import { topOfNamespace } from './mount-tree.ts';
import type { Process } from './process.ts';

/** System calls on who a process is and which namespaces it is in (kernel/sys.c, kernel/fork.c). */

/** The most supplementary groups (NGROUPS_MAX). */
const maxGroups = 65536;

export function setresuid(process: Process, real: number, effective: number, saved: number): number {
  const old = process.cred;
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
  const wasRoot = old.uid === 0 || old.euid === 0 || old.suid === 0;
  if (wasRoot && ids.uid !== 0 && ids.euid !== 0 && ids.suid !== 0) permitted = effective = NO_CAPABILITIES;
  if (old.euid === 0 && ids.euid !== 0) effective = NO_CAPABILITIES;
  if (old.euid !== 0 && ids.euid === 0) effective = permitted;
  return { ...old, ...ids, fsuid: ids.euid, permitted, effective };
}

export function setresgid(process: Process, real: number, effective: number, saved: number): number {
  const old = process.cred;
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
  if (!nsCapable(cred, cred.userNamespace, CAP_SETGID)) return -errno.EPERM;
  if (groups.length > maxGroups) return -errno.EINVAL;
  process.cred = { ...cred, groups: [...groups].sort((a, b) => a - b) };
  return 0;
}

/**
 * unshare(2): CLONE_FS is always so here, as processes share nothing; CLONE_NEWNS copies the mounts; CLONE_NEWUSER makes the
 * process all-powerful in a namespace of its own, where ids stay what they are. Others are EINVAL.
 */
export function unshare(process: Process, flags: number): number {
  if ((flags & ~(CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) !== 0) return -errno.EINVAL;
  const { cred } = process;
  const newUser = (flags & CLONE_NEWUSER) !== 0;
  const newMounts = (flags & CLONE_NEWNS) !== 0;
  if (newMounts && !newUser && !nsCapable(cred, cred.userNamespace, CAP_SYS_ADMIN)) return -errno.EPERM;
  if (newUser) {
    const userNamespace = { parent: cred.userNamespace };
    process.cred = { ...cred, userNamespace, permitted: ALL_CAPABILITIES, effective: ALL_CAPABILITIES };
  }
  if (newMounts) copyMounts(process);
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
