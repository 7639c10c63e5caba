import { touchAtime } from '../vfs/atime.ts';
import { positive } from '../vfs/mount.ts';
import { S_ATIME } from '../vfs/inode.ts';
import { LayerPath } from './layer.ts';
import type { OverlayInode } from './overlay-inode.ts';

/** An access is noted in the upper layer, other times change by themselves there (ovl_update_time). */
export function updateTimes(inode: OverlayInode, times: number): number {
  const { upper, sb } = inode;
  if ((times & S_ATIME) === 0 || upper === null || sb.upperLayer === undefined) return 0;
  touchAtime(new LayerPath(sb.upperLayer, upper));
  const { atimeSec, atimeNsec } = positive(upper);
  inode.atimeSec = atimeSec;
  inode.atimeNsec = atimeNsec;
  return 0;
}
