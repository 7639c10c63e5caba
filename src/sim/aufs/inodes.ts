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
import {
  getAttributes,
  getUnionAcl,
  getUnionXattr,
  listUnionXattrs,
  removeUnionXattr,
  setAttributes,
  setUnionAcl,
  setUnionXattr,
} from './attributes.ts';
import { AufsInode } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import { createDirectory, createFile, createSpecial, createSymlink, createTmpfile } from './create.ts';
import { openDirectory } from './directory-file.ts';
import { openRegular } from './file.ts';
import { linkName } from './link.ts';
import { lookupUnion, revalidateName } from './lookup.ts';
import { unionPermission } from './permission.ts';
import { removeDirectory, unlinkName } from './remove.ts';
import { renameName } from './rename.ts';

/** What all objects of a union can do; each operation is in the file that is about it. */
class UnionInode extends AufsInode {
  override permission(cred: Credentials, mask: number): number {
    return unionPermission(cred, this, mask);
  }

  override getattr(cred: Credentials, _path: VfsPath, out: Kstat): number {
    return getAttributes(cred, this, out);
  }

  override setattr(cred: Credentials, dentry: Dentry, attr: Iattr): number {
    return setAttributes(cred, dentry, attr);
  }

  override hasXattrs(): boolean {
    return true;
  }

  /** Which namespaces there are is for the branches to say. */
  override handlesXattr(_name: string): boolean {
    return true;
  }

  override getxattr(cred: Credentials, _dentry: Dentry, name: string): Uint8Array | number {
    return getUnionXattr(cred, this, name);
  }

  override setxattr(cred: Credentials, dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
    return setUnionXattr(cred, dentry, name, value, flags);
  }

  override removexattr(cred: Credentials, dentry: Dentry, name: string): number {
    return removeUnionXattr(cred, dentry, name);
  }

  override listxattr(cred: Credentials, _dentry: Dentry): readonly string[] | number {
    return listUnionXattrs(cred, this);
  }

  override getAcl(type: AclType): Acl | null | number {
    return getUnionAcl(this, type);
  }

  override setAcl(cred: Credentials, dentry: Dentry, acl: Acl | null, type: AclType): number {
    return setUnionAcl(cred, dentry, acl, type);
  }

  override open(file: OpenFile): FileOperations | number {
    return openSpecial(file);
  }
}

class UnionDirectory extends UnionInode {
  override lookup(cred: Credentials, dentry: Dentry): Dentry | number {
    return lookupUnion(cred, this, dentry);
  }

  override revalidate(_cred: Credentials, dentry: Dentry): number {
    return revalidateName(this, dentry);
  }

  override create(cred: Credentials, dentry: Dentry, mode: number): number {
    return createFile(cred, dentry, mode);
  }

  override mkdir(cred: Credentials, dentry: Dentry, mode: number): number {
    return createDirectory(cred, dentry, mode);
  }

  override mknod(cred: Credentials, dentry: Dentry, mode: number, rdev: number): number {
    return createSpecial(cred, dentry, mode, rdev);
  }

  override symlink(cred: Credentials, dentry: Dentry, target: string): number {
    return createSymlink(cred, dentry, target);
  }

  override link(cred: Credentials, old: Dentry, dentry: Dentry): number {
    return linkName(cred, old, dentry);
  }

  override unlink(cred: Credentials, dentry: Dentry): number {
    return unlinkName(cred, dentry);
  }

  override rmdir(cred: Credentials, dentry: Dentry): number {
    return removeDirectory(cred, dentry);
  }

  override rename(cred: Credentials, old: Dentry, _newDir: Inode, target: Dentry, flags: number): number {
    return renameName(cred, old, target, flags);
  }

  override tmpfile(cred: Credentials, dentry: Dentry, mode: number): number {
    return createTmpfile(cred, dentry, mode);
  }

  override open(file: OpenFile): FileOperations | number {
    return openDirectory(file);
  }
}

class UnionFile extends UnionInode {
  override open(file: OpenFile): FileOperations | number {
    return openRegular(file);
  }
}

class UnionSymlink extends UnionInode {
  override getLink(cred: Credentials, _dentry: Dentry): string | number {
    return this.real.getLink(cred, this.top.dentry);
  }

  override open(_file: OpenFile): FileOperations | number {
    return -errno.ELOOP;
  }
}

/** An inode of the class that a mode calls for, without parts yet. */
export function newUnionInode(sb: AufsSuperblock, id: number, mode: number): AufsInode {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return new UnionDirectory(sb, id, mode);
    case S_IFREG:
      return new UnionFile(sb, id, mode);
    case S_IFLNK:
      return new UnionSymlink(sb, id, mode);
    default:
      return new UnionInode(sb, id, mode);
  }
}
