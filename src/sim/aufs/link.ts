import { errno } from '../../host/errno.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { vfsLink, vfsUnlink } from '../vfs/namei.ts';
import { aufsInode, partOf } from './aufs-inode.ts';
import { Part } from './branch.ts';
import { setTimes } from './copy-attributes.ts';
import { copyUp, copyUpAs } from './copy-up.ts';
import { placeFor, type Place } from './create.ts';
import { addPseudoLink, findPseudoLink } from './pseudo-links.ts';
import { actor, removeMark } from './whiteout.ts';

/**
 * A further name for a file (aufs_link). With pseudo-links a file that is below is copied up under its new name only, and keeps
 * its old one where it is; without them it is copied up under the old name and linked.
 */
export function linkName(cred: Credentials, old: Dentry, dentry: Dentry): number {
  const inode = aufsInode(old);
  const { sb } = inode;
  const place = placeFor(sb, dentry);
  if (typeof place === 'number') return place;
  const part = makeLink(cred, old, place);
  if (typeof part === 'number') return part;
  const cleared = place.whiteout === undefined ? 0 : removeMark(sb, cred, place.whiteout);
  if (cleared < 0) {
    vfsUnlink(actor(sb, cred, part.dentry.parent), positive(part.dentry.parent), part.dentry);
    setTimes(sb.kernelCredentials, part.dentry.parent, place.times);
    return cleared;
  }
  inode.nlink += 1;
  inode.attach(dentry, part);
  inode.copyAttributes();
  const dir = aufsInode(dentry.parent);
  dir.copyAttributes();
  return 0;
}

function makeLink(cred: Credentials, old: Dentry, place: Place): Part | number {
  const inode = aufsInode(old);
  const { branch, name } = place;
  if (inode.sb.hasPseudoLinks && inode.partOn(branch) === undefined) {
    const source = partOf(old);
    const part = copyUpAs(inode, source, branch, name.parent, name.name, Infinity);
    if (typeof part !== 'number') addPseudoLink(inode, branch, part.dentry);
    return part;
  }
  const source = linkSource(old, place);
  if (typeof source === 'number') return source;
  const answer = vfsLink(cred, source, positive(name.parent), name);
  return answer < 0 ? answer : new Part(branch, name);
}

/** The name on the writable branch that is linked. */
function linkSource(old: Dentry, { branch }: Place): Dentry | number {
  const inode = aufsInode(old);
  const part = partOf(old);
  if (part.branch === branch) return part.dentry;
  if (inode.sb.hasPseudoLinks) {
    const found = findPseudoLink(inode, branch);
    return found === -errno.ENOENT ? -errno.EIO : found;
  }
  const copy = copyUp(old);
  return typeof copy === 'number' ? copy : copy.dentry;
}
