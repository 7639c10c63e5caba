import { errno } from '../../host/errno.ts';
import type { FsContext, FsContextOperations } from '../vfs/fs-context.ts';
import { MNT_READONLY, type Mount, type VfsPath } from '../vfs/mount.ts';
import { SB_LAZYTIME, SB_MANDLOCK, SB_RDONLY, SB_SYNCHRONOUS, type Superblock } from '../vfs/superblock.ts';
import type { Process } from './process.ts';

/** Changes of mounts and superblocks in use (fs/super.c, fs/namespace.c). */

/** The flags of a superblock that a remount changes (MS_RMT_MASK). */
export const remountFlags = SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_LAZYTIME;

/** Changes a superblock as a context says (reconfigure_super). EBUSY: it cannot become read-only while it is written to. */
export function reconfigureSuperblock(process: Process, context: FsContext, operations: FsContextOperations): number {
  const sb = context.reconfigured?.sb;
  if (sb === undefined || (context.sbFlagsMask & ~remountFlags) !== 0) return -errno.EINVAL;
  const becomesReadOnly = (context.sbFlagsMask & context.sbFlags & SB_RDONLY) !== 0 && !sb.readOnly;
  if (becomesReadOnly && isWrittenTo(process, sb)) return -errno.EBUSY;
  const answer = operations.reconfigure(context);
  if (answer < 0) return answer;
  sb.flags = (sb.flags & ~context.sbFlagsMask) | (context.sbFlags & context.sbFlagsMask);
  return 0;
}

/** Whether a file is open for writing, or a removed one is still in use (sb_prepare_remount_readonly). */
function isWrittenTo(process: Process, sb: Superblock): boolean {
  for (const { writers, readOnly } of sb.mounts) if (writers > 0 && !readOnly) return true;
  for (const { inode } of process.machine.openFiles()) if (inode.sb === sb && inode.nlink === 0) return true;
  for (const { cwd, root } of process.machine.processes.values()) {
    for (const { dentry } of [cwd, root]) if (dentry.sb === sb && dentry.inode?.nlink === 0) return true;
  }
  return false;
}

/** Whether a mount may be given these flags: of those that more privileged users have set, none changes (can_change_locked_flags). */
export function mayHaveFlags(mount: Mount, flags: number): boolean {
  return ((mount.flags ^ flags) & mount.lockedFlags) === 0;
}

/** Changes the flags of one mount (MS_REMOUNT | MS_BIND). */
export function reconfigureMount(process: Process, { mount, dentry }: VfsPath, flags: number): number {
  if (mount.namespace !== process.namespace || dentry !== mount.root) return -errno.EINVAL;
  if (!mayHaveFlags(mount, flags)) return -errno.EPERM;
  const wantsReadOnly = (flags & MNT_READONLY) !== 0;
  const isReadOnly = mount.readOnly || mount.sb.readOnly;
  if (wantsReadOnly && !isReadOnly && mount.writers > 0) return -errno.EBUSY;
  mount.flags = flags;
  return 0;
}
