import { errno } from '../../host/errno.ts';
import { S_IFDIR } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, vfsMkdir, vfsRmdir, vfsUnlink } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import type { Branch } from './branch.ts';
import { isReserved, orphanName, pseudoLinkName } from './names.ts';
import { readNames } from './read-branch.ts';
import { makeBase } from './whiteout.ts';

/**
 * Makes what aufs keeps in the root of a branch that it writes to (au_wh_init): the file of whiteouts, the directory of
 * pseudo-links unless there are none, the directory of orphans. What was left there by an earlier mount is used again.
 */
export function prepareWritable(sb: AufsSuperblock, branch: Branch): number {
  const writable = mayWriteMount(branch.mount);
  if (writable < 0) return writable;
  const base = branch.permission.whiteoutLinks ? makeBase(sb, branch) : undefined;
  if (typeof base === 'number') return base;
  branch.whiteoutBase = base;
  if (!sb.hasPseudoLinks) dropLinks(sb, branch);
  const links = sb.hasPseudoLinks ? ownDirectory(sb, branch, pseudoLinkName) : undefined;
  if (typeof links === 'number') return links;
  branch.pseudoLinks = links;
  const orphans = ownDirectory(sb, branch, orphanName);
  if (typeof orphans === 'number') return orphans;
  branch.orphans = orphans;
  return 0;
}

function ownDirectory(sb: AufsSuperblock, { root }: Branch, name: string): Dentry | number {
  const found = lookupChild(sb.kernelCredentials, root, name);
  if (typeof found === 'number') return found;
  if (found.inode !== null) return found.inode.isDirectory ? found : -errno.EEXIST;
  const made = vfsMkdir(sb.kernelCredentials, positive(root), found, S_IFDIR | 0o700);
  return made < 0 ? made : found;
}

/** A directory of pseudo-links that is not empty stays. */
function dropLinks(sb: AufsSuperblock, { root }: Branch): void {
  const found = lookupChild(sb.kernelCredentials, root, pseudoLinkName);
  if (typeof found !== 'number' && found.inode?.isDirectory === true) {
    vfsRmdir(sb.kernelCredentials, positive(root), found);
  }
}

/** Takes the marks out of a branch's directory that is going to be removed, and then the directory itself. */
export function removeMarkedDirectory(sb: AufsSuperblock, branch: Branch, directory: Dentry): number {
  const names = readNames(sb, { mount: branch.mount, dentry: directory });
  if (typeof names === 'number') return names;
  for (const name of names.filter(isReserved)) {
    const mark = lookupChild(sb.kernelCredentials, directory, name);
    if (typeof mark !== 'number' && mark.inode !== null) {
      vfsUnlink(sb.kernelCredentials, positive(directory), mark);
    }
  }
  return vfsRmdir(sb.kernelCredentials, positive(directory.parent), directory);
}
