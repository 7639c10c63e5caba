import type { Dentry } from '../vfs/dentry.ts';
import { aufsInode, partOf } from './aufs-inode.ts';
import { copyUpAs, copyUpDirectory, writableFor } from './copy-up.ts';

/**
 * Where another name of a pseudo-linked file was copied up, gives this name its link on the writable branch too before it is
 * opened or changed (au_file_refresh_by_inode).
 */
export function refreshName(dentry: Dentry): number {
  const inode = aufsInode(dentry);
  if (inode.isDirectory || dentry.unlinked || !inode.sb.pseudoLinked.has(inode)) return 0;
  const part = partOf(dentry);
  if (part.branch.index <= inode.top.branch.index) return 0;
  const branch = writableFor(inode.sb, inode.top);
  if (typeof branch === 'number') return branch;
  const directory = copyUpDirectory(dentry.parent, branch);
  if (typeof directory === 'number') return directory;
  const copy = copyUpAs(inode, part, branch, directory, dentry.name, Infinity);
  if (typeof copy === 'number') return copy;
  dentry.fsdata = copy;
  return 0;
}
