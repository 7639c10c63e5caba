import type { OverlayInode } from './overlay-inode.ts';

/** Whether a change was one of entries that came from below: those alone are listed for a directory of one layer. */
export type Change = 'impure' | 'pure';

/** Notes that an upper directory was changed: new times, and lists that were made before are old (ovl_dir_modified). */
export function directoryModified(directory: OverlayInode, change: Change): void {
  directory.copyAttributes();
  if (!directory.isRealDirectory || change === 'impure') directory.version += 1;
}
