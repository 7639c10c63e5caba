import type { Dentry } from '../vfs/dentry.ts';
import { notifyChange } from '../vfs/attr.ts';
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_CTIME,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_SIZE,
  ATTR_UID,
  iattr,
} from '../vfs/iattr.ts';
import { isSymlink } from '../../host/stat.ts';
import type { Kstat } from '../vfs/kstat.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';

/** Changes of upper objects to what lower ones have, made as the mounter. */

/** Mode, owner and times (ovl_set_attr). */
export function setAttributes(overlay: OverlaySuperblock, upper: Dentry, stat: Kstat): number {
  if (!isSymlink(stat.mode)) {
    const answer = setMode(overlay, upper, stat.mode);
    if (answer < 0) return answer;
  }
  const owner = iattr(ATTR_UID | ATTR_GID);
  owner.uid = stat.uid;
  owner.gid = stat.gid;
  const answer = notifyChange(overlay.creator, upper, owner);
  if (answer === 0) setTimes(overlay, upper, stat);
  return answer;
}

export function setMode(overlay: OverlaySuperblock, upper: Dentry, mode: number): number {
  const attr = iattr(ATTR_MODE);
  attr.mode = mode;
  return notifyChange(overlay.creator, upper, attr);
}

/** Access and change time; that this may fail does not matter (ovl_set_timestamps). */
export function setTimes(overlay: OverlaySuperblock, upper: Dentry, stat: Kstat): void {
  const attr = iattr(ATTR_ATIME | ATTR_MTIME | ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_CTIME);
  attr.atimeSec = stat.atimeSec;
  attr.atimeNsec = stat.atimeNsec;
  attr.mtimeSec = stat.mtimeSec;
  attr.mtimeNsec = stat.mtimeNsec;
  notifyChange(overlay.creator, upper, attr);
}

export function setSize(overlay: OverlaySuperblock, upper: Dentry, size: number): number {
  const attr = iattr(ATTR_SIZE);
  attr.size = size;
  return notifyChange(overlay.creator, upper, attr);
}
