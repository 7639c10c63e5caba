import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import { errno } from '../../host/errno.ts';
import type { Acl, AclType } from '../vfs/acl.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Iattr } from '../vfs/iattr.ts';
import type { Inode } from '../vfs/inode.ts';
import type { Kstat } from '../vfs/kstat.ts';
import type { VfsPath } from '../vfs/mount.ts';
import type { FileOperations, OpenFile } from '../vfs/open-file.ts';
import { openSpecial } from '../vfs/special-file.ts';
import { createObject, createTmpfile, linkObject } from './create.ts';
import { openDirectory } from './directory-file.ts';
import { openRegular } from './file.ts';
import { getAttributes } from './getattr.ts';
import { lookupMerged } from './lookup.ts';
import { OverlayInode } from './overlay-inode.ts';
import type { OverlaySuperblock } from './overlay-superblock.ts';
import { mergedPermission } from './permission.ts';
import { removeName } from './remove.ts';
import { renameName } from './rename.ts';
import { setAttributesMerged } from './setattr.ts';
import { updateTimes } from './update-time.ts';
import {
  getMergedAcl,
  getMergedXattr,
  listMergedXattrs,
  removeMergedXattr,
  setMergedAcl,
  setMergedXattr,
} from './xattrs.ts';

/** What all objects of the merged view can do; each operation is in the file that is about it. */
class MergedInode extends OverlayInode {
  override permission(cred: Credentials, mask: number): number {
    return mergedPermission(cred, this, mask);
  }

  override getattr(_cred: Credentials, _path: VfsPath, out: Kstat): number {
    return getAttributes(this, out);
  }

  override setattr(cred: Credentials, dentry: Dentry, attr: Iattr): number {
    return setAttributesMerged(cred, dentry, attr);
  }

  override updateTime(times: number): number {
    return updateTimes(this, times);
  }

  override hasXattrs(): boolean {
    return true;
  }

  /** Which namespaces there are is for the layers to say. */
  override handlesXattr(_name: string): boolean {
    return true;
  }

  override getxattr(_cred: Credentials, _dentry: Dentry, name: string): Uint8Array | number {
    return getMergedXattr(this, name);
  }

  override setxattr(_cred: Credentials, dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
    return setMergedXattr(dentry, name, value, flags);
  }

  override removexattr(_cred: Credentials, dentry: Dentry, name: string): number {
    return removeMergedXattr(dentry, name);
  }

  override listxattr(cred: Credentials, _dentry: Dentry): readonly string[] | number {
    return listMergedXattrs(cred, this);
  }

  override getAcl(type: AclType): Acl | null | number {
    return getMergedAcl(this, type);
  }

  override setAcl(cred: Credentials, dentry: Dentry, acl: Acl | null, type: AclType): number {
    return setMergedAcl(cred, dentry, acl, type);
  }

  override open(file: OpenFile): FileOperations | number {
    return openSpecial(file);
  }
}

class MergedDirectory extends MergedInode {
  override lookup(_cred: Credentials, dentry: Dentry): Dentry | number {
    return lookupMerged(this, dentry);
  }

  override create(cred: Credentials, dentry: Dentry, mode: number): number {
    return createObject(cred, dentry, S_IFREG | (mode & 0o7777), 0);
  }

  override mkdir(cred: Credentials, dentry: Dentry, mode: number): number {
    return createObject(cred, dentry, S_IFDIR | (mode & 0o7777), 0);
  }

  /** R117: a whiteout cannot be made by hand. */
  override mknod(cred: Credentials, dentry: Dentry, mode: number, rdev: number): number {
    if ((mode & S_IFMT) === 0o020000 && rdev === 0) return -errno.EPERM;
    return createObject(cred, dentry, mode, rdev);
  }

  override symlink(cred: Credentials, dentry: Dentry, target: string): number {
    return createObject(cred, dentry, S_IFLNK, 0, target);
  }

  override link(_cred: Credentials, old: Dentry, dentry: Dentry): number {
    return linkObject(old, dentry);
  }

  override unlink(_cred: Credentials, dentry: Dentry): number {
    return removeName(dentry);
  }

  override rmdir(_cred: Credentials, dentry: Dentry): number {
    return removeName(dentry);
  }

  override rename(_cred: Credentials, old: Dentry, _newDir: Inode, target: Dentry, flags: number): number {
    return renameName(old, target, flags);
  }

  override tmpfile(cred: Credentials, dentry: Dentry, mode: number): number {
    return createTmpfile(cred, dentry, mode);
  }

  override open(file: OpenFile): FileOperations | number {
    return openDirectory(file);
  }
}

class MergedFile extends MergedInode {
  override open(file: OpenFile): FileOperations | number {
    return openRegular(file);
  }
}

/** A symlink has no permissions of its own. */
class MergedSymlink extends MergedInode {
  override permission(_cred: Credentials, _mask: number): number {
    return 0;
  }

  override getLink(_cred: Credentials, _dentry: Dentry): string | number {
    return this.real.getLink(this.sb.creator, this.realDentry);
  }

  override open(_file: OpenFile): FileOperations | number {
    return -errno.ELOOP;
  }
}

/** An inode of the class that a mode calls for (ovl_new_inode). */
export function newOverlayInode(
  sb: OverlaySuperblock,
  mode: number,
  rdev: number,
  id = sb.nextInodeId(),
): OverlayInode {
  const inode = emptyInode(sb, mode, id);
  inode.rdev = rdev;
  return inode;
}

function emptyInode(sb: OverlaySuperblock, mode: number, id: number): OverlayInode {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return new MergedDirectory(sb, id, mode);
    case S_IFREG:
      return new MergedFile(sb, id, mode);
    case S_IFLNK:
      return new MergedSymlink(sb, id, mode);
    default:
      return new MergedInode(sb, id, mode);
  }
}
