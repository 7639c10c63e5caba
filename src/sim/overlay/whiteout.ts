import { errno } from '../../host/errno.ts';
import { RENAME_EXCHANGE, S_IFCHR } from '../../host/constants.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { positive } from '../vfs/mount.ts';
import { vfsLink } from '../vfs/namei.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { cleanup, createTemp, lookupTemp, moveFromWorkdir } from './temp.ts';

/**
 * Puts a whiteout in the place of a real name in `directory`, which may be free or hold anything but a directory with content
 * (ovl_cleanup_and_whiteout).
 */
export function replaceByWhiteout(overlay: OverlaySuperblock, directory: Dentry, dentry: Dentry): number {
  const { workdir, creator } = overlay;
  if (workdir === undefined) return -errno.EROFS;
  const whiteout = takeWhiteout(overlay, workdir);
  if (typeof whiteout === 'number') return whiteout;
  // A directory cannot be replaced by something else: it changes places with the whiteout, and is removed after that.
  const flags = dentry.inode?.isDirectory === true ? RENAME_EXCHANGE : 0;
  const answer = moveFromWorkdir(creator, whiteout, directory, dentry, flags);
  if (answer < 0) cleanup(overlay, whiteout);
  else if (flags !== 0) cleanup(overlay, dentry);
  return answer;
}

/** A whiteout in the work directory: a link of the one inode that all share while the links last (ovl_whiteout, R64). */
function takeWhiteout(overlay: OverlaySuperblock, workdir: Dentry): Dentry | number {
  if (overlay.whiteout === undefined) {
    const made = createTemp(overlay, workdir, { mode: S_IFCHR, rdev: 0 });
    if (typeof made === 'number') return made;
    overlay.whiteout = made;
  }
  const shared = overlay.whiteout;
  if (overlay.whiteoutsShared) {
    const link = linkWhiteout(overlay, workdir, shared);
    if (typeof link !== 'number') return link;
    if (link !== -errno.EMLINK) {
      const nlink = positive(shared).nlink;
      overlay.log(`Failed to link whiteout - disabling whiteout inode sharing(nlink=${nlink}, err=${link})`);
      overlay.whiteoutsShared = false;
    }
  }
  overlay.whiteout = undefined;
  return shared;
}

function linkWhiteout(overlay: OverlaySuperblock, workdir: Dentry, shared: Dentry): Dentry | number {
  const name = lookupTemp(overlay, workdir);
  if (typeof name === 'number') return name;
  const answer = vfsLink(overlay.creator, shared, positive(workdir), name);
  return answer < 0 ? answer : name;
}
