import { errno } from '../../host/errno.ts';
import { S_IFREG } from '../../host/constants.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { lookupChild, vfsCreate, vfsLink, vfsUnlink } from '../vfs/namei.ts';
import { inodePermission, MAY_EXEC, MAY_WRITE } from '../vfs/permission.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import type { Branch } from './branch.ts';
import { opaqueName, whiteoutBaseName, whiteoutOf } from './names.ts';

const markMode = 0o444;

/** The credentials to change a branch's directory with: the caller's, or the kernel's where they are not enough. */
export function actor(sb: AufsSuperblock, cred: Credentials, directory: Dentry): Credentials {
  return inodePermission(cred, positive(directory), MAY_WRITE | MAY_EXEC) === 0 ? cred : sb.kernelCredentials;
}

/** The whiteout of a name in a branch's directory, `undefined` where there is none; EIO for what only looks like one. */
export function findWhiteout(sb: AufsSuperblock, directory: Dentry, name: string): Dentry | undefined | number {
  const found = lookupChild(sb.kernelCredentials, directory, whiteoutOf(name));
  if (typeof found === 'number') return found;
  if (found.inode === null) return undefined;
  return found.inode.isRegular ? found : -errno.EIO;
}

/** Hides a name of the branches below. Answers the whiteout, or an errno. */
export function makeWhiteout(
  sb: AufsSuperblock,
  cred: Credentials,
  branch: Branch,
  directory: Dentry,
  name: string,
): Dentry | number {
  return makeMark(sb, cred, branch, directory, whiteoutOf(name));
}

/** Hides all that lower branches have of a directory. Answers the mark, or an errno. */
export function makeOpaque(sb: AufsSuperblock, cred: Credentials, branch: Branch, directory: Dentry): Dentry | number {
  return makeMark(sb, cred, branch, directory, opaqueName);
}

export function removeMark(sb: AufsSuperblock, cred: Credentials, mark: Dentry): number {
  return vfsUnlink(actor(sb, cred, mark.parent), positive(mark.parent), mark);
}

/** A link of the branch's one whiteout; a file of its own where that has no link to give. */
function makeMark(
  sb: AufsSuperblock,
  cred: Credentials,
  branch: Branch,
  directory: Dentry,
  name: string,
): Dentry | number {
  const mark = lookupChild(sb.kernelCredentials, directory, name);
  if (typeof mark === 'number') return mark;
  if (mark.inode !== null) return mark.inode.isRegular ? mark : -errno.EIO;
  const answer = linkOrCreate(sb, cred, branch, mark);
  return answer < 0 ? answer : mark;
}

function linkOrCreate(sb: AufsSuperblock, cred: Credentials, branch: Branch, mark: Dentry): number {
  const as = actor(sb, cred, mark.parent);
  const dir = positive(mark.parent);
  if (branch.whiteoutBase !== undefined) {
    const linked = vfsLink(as, branch.whiteoutBase, dir, mark);
    if (linked !== -errno.EMLINK) return linked;
    renewBase(sb, branch);
  }
  return vfsCreate(as, dir, mark, S_IFREG | markMode);
}

/** Begins a new file for whiteouts where the last one has all the links that it can have. */
function renewBase(sb: AufsSuperblock, branch: Branch): void {
  const { whiteoutBase } = branch;
  branch.whiteoutBase = undefined;
  if (whiteoutBase === undefined || removeMark(sb, sb.kernelCredentials, whiteoutBase) < 0) return;
  const base = makeBase(sb, branch);
  if (typeof base !== 'number') branch.whiteoutBase = base;
}

/** The file that whiteouts of a branch are links of: found, or made. EEXIST for anything but a regular file there. */
export function makeBase(sb: AufsSuperblock, branch: Branch): Dentry | number {
  const base = lookupChild(sb.kernelCredentials, branch.root, whiteoutBaseName);
  if (typeof base === 'number') return base;
  if (base.inode !== null) return base.inode.isRegular ? base : -errno.EEXIST;
  const made = vfsCreate(sb.kernelCredentials, positive(branch.root), base, S_IFREG | markMode);
  return made < 0 ? made : base;
}
