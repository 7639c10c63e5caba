import type { Dentry } from '../vfs/dentry.ts';
import { INODE_IMPURE } from './flags.ts';
import { MARK, setIfSupported } from './layer-xattr.ts';
import type { OverlayInode } from './overlay-inode.ts';

/** Marks a directory as one that holds objects from below (ovl_set_impure, R96, R145). */
export function setImpure(directory: OverlayInode, upper: Dentry): number {
  if (directory.has(INODE_IMPURE)) return 0;
  const answer = setIfSupported(directory.sb, upper, 'impure', MARK, 0);
  if (answer === 0) directory.flags |= INODE_IMPURE;
  return answer;
}
