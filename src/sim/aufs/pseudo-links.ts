import { errno } from '../../host/errno.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, vfsLink, vfsUnlink } from '../vfs/namei.ts';
import type { AufsInode } from './aufs-inode.ts';
import type { Branch } from './branch.ts';

/**
 * A file with several names that is copied up keeps one name in the branch that it is copied to, and is found there under
 * the others by a link in `.wh..wh.plnk` which its two inode numbers name (pseudo-links).
 */
function linkName(inode: AufsInode, real: Inode): string {
  return `${inode.ino}.${real.ino}`;
}

/** The link by which a copied-up file is found; ENOENT where there is none. */
export function findPseudoLink(inode: AufsInode, branch: Branch): Dentry | number {
  const real = inode.partOn(branch)?.dentry.inode ?? null;
  if (branch.pseudoLinks === undefined || real === null) return -errno.ENOENT;
  const found = lookupChild(inode.sb.kernelCredentials, branch.pseudoLinks, linkName(inode, real));
  if (typeof found === 'number') return found;
  return found.inode === null ? -errno.ENOENT : found;
}

/** Makes a link for the file that was just copied to `copy`. Where that is not possible its names become several files. */
export function addPseudoLink(inode: AufsInode, branch: Branch, copy: Dentry): void {
  const { sb } = inode;
  const { pseudoLinks } = branch;
  if (pseudoLinks === undefined || sb.pseudoLinked.has(inode)) return;
  const answer = placeLink(sb.kernelCredentials, pseudoLinks, linkName(inode, positive(copy)), copy);
  if (answer < 0) sb.log(`err ${answer}, damaged pseudo link.`);
  else sb.pseudoLinked.add(inode);
}

/** The numbers may have been those of another file before. */
function placeLink(cred: Credentials, directory: Dentry, name: string, copy: Dentry): number {
  const dir = positive(directory);
  const found = lookupChild(cred, directory, name);
  if (typeof found === 'number' || found.inode === copy.inode) return typeof found === 'number' ? found : 0;
  const removed = found.inode === null ? 0 : vfsUnlink(cred, dir, found);
  if (removed < 0) return removed;
  const link = lookupChild(cred, directory, name);
  return typeof link === 'number' ? link : vfsLink(cred, copy, dir, link);
}
