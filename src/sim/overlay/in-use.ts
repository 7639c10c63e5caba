import type { Inode } from '../vfs/inode.ts';

/** Directories that a mounted overlay uses as its upper or work directory (I_OVL_INUSE). */
const inUse = new WeakSet<Inode>();

/** Marks a directory; false where another overlay has it (ovl_inuse_trylock). */
export function claimUse(inode: Inode): boolean {
  if (inUse.has(inode)) return false;
  inUse.add(inode);
  return true;
}

export function releaseUse(inode: Inode): void {
  inUse.delete(inode);
}

export function isInUse(inode: Inode): boolean {
  return inUse.has(inode);
}
