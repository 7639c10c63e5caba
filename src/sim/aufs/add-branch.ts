import { errno } from '../../host/errno.ts';
import type { FsContext } from '../vfs/fs-context.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import type { VfsPath } from '../vfs/mount.ts';
import { SB_RDONLY } from '../vfs/superblock.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import { Branch, readOnlyPermission, writablePermission } from './branch.ts';
import type { BranchOption } from './options.ts';

/** AUFS_BRANCH_MAX of a kernel that was configured as distributions do. */
const mostBranches = 127;

/**
 * Adds a branch below the others (au_br_add). A directory that is a branch already is refused at a mount, and passed over at a
 * remount. Answers 0 or a negative errno.
 */
export function addBranch(
  sb: AufsSuperblock,
  context: FsContext,
  { path, permission }: BranchOption,
  when: 'mount' | 'remount',
): number {
  const found = context.kernel.kernPath(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  if (typeof found === 'number') return refuse(context, `lookup failed ${path} (${found})`);
  if (sb.branches.some(({ root }) => root === found.dentry)) {
    return when === 'remount' ? 0 : refuse(context, `${path} duplicated`);
  }
  const given = permission ?? defaultPermission(sb, context);
  const refusal = reasonAgainst(sb, found, given.access === 'rw');
  if (refusal !== undefined) return refuse(context, `${path} ${refusal}`);
  if (sb.branches.length >= mostBranches) return -errno.ENOSPC;
  const mount = context.kernel.clonePrivateMount(found);
  if (typeof mount === 'number') return mount;
  sb.append(new Branch(sb.branches.length, mount, given));
  return 0;
}

function refuse(context: FsContext, message: string): number {
  context.kernel.log(`aufs ${message}`);
  return -errno.EINVAL;
}

function defaultPermission({ branches }: AufsSuperblock, { sbFlags }: FsContext): typeof readOnlyPermission {
  return branches.length === 0 && (sbFlags & SB_RDONLY) === 0 ? writablePermission : readOnlyPermission;
}

function reasonAgainst(sb: AufsSuperblock, { mount, dentry }: VfsPath, writable: boolean): string | undefined {
  if (mount.sb.stackDepth > 0) return `unsupported filesystem, ${mount.sb.type.name}`;
  if (sb.branches.some(({ root }) => root.isBelow(dentry) || dentry.isBelow(root))) return 'is overlapped';
  if (!writable) return undefined;
  if (mount.readOnly || mount.sb.readOnly) return 'is not writable';
  return sb.branches.some((branch) => branch.writable) ? 'would be a second writable branch' : undefined;
}
