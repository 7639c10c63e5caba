import {
  ATTR_FILE,
  ATTR_KILL_SGID,
  ATTR_KILL_SUID,
  ATTR_MODE,
  ATTR_OPEN,
  ATTR_SIZE,
  type Iattr,
} from '../vfs/iattr.ts';
import { notifyChange, setattrPrepare } from '../vfs/attr.ts';
import { errno } from '../../host/errno.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { copyUp, copyUpWithData } from './copy-up.ts';
import { wantWrite } from './nlink-change.ts';
import { overlayInode } from './overlay-inode.ts';

/** Copies an object up and changes the upper one (ovl_setattr, R92). A new size needs the data as well. */
export function setAttributesMerged(cred: Credentials, dentry: Dentry, attr: Iattr): number {
  const inode = overlayInode(dentry);
  const answer = setattrPrepare(cred, dentry, attr) || wantWrite(inode.sb) || copyFor(dentry, attr);
  if (answer < 0) return answer;
  const { upper } = inode;
  if (upper === null) return -errno.EIO;
  if ((attr.valid & (ATTR_KILL_SUID | ATTR_KILL_SGID)) !== 0) attr.valid &= ~ATTR_MODE;
  // The file is ours, and the upper one was not opened with O_TRUNC.
  attr.valid &= ~(ATTR_FILE | ATTR_OPEN);
  attr.file = undefined;
  const changed = notifyChange(inode.sb.creator, upper, attr);
  if (changed === 0) inode.copyAttributes();
  return changed;
}

function copyFor(dentry: Dentry, attr: Iattr): number {
  return (attr.valid & ATTR_SIZE) !== 0 ? copyUpWithData(dentry) : copyUp(dentry);
}
