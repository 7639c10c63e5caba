import { errno } from '../../host/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../host/constants.ts';
import type { Acl, AclType } from './acl.ts';
import type { Credentials } from './credentials.ts';
import type { Dentry } from './dentry.ts';
import { genericPermission } from './permission.ts';
import type { FileOperations, OpenFile } from './open-file.ts';
import type { Iattr } from './iattr.ts';
import type { Kstat } from './kstat.ts';
import type { VfsPath } from './mount.ts';
import { SB_POSIXACL, type Superblock } from './superblock.ts';

/** Which times `touch` and `updateTime` set. */
export const S_ATIME = 1;
export const S_MTIME = 2;
export const S_CTIME = 4;

/**
 * An object of a filesystem (struct inode with its operations). The operations are called by the vfs functions (namei.ts,
 * rename.ts, attr.ts, xattr.ts, file.ts), which have made all checks that the kernel makes above a filesystem; they answer 0
 * or a negative errno. The defaults are what the kernel answers where a filesystem lacks the operation.
 *
 * `cred` is current_cred() of the kernel: it decides owners of new objects and capabilities. `dentry` of an operation on
 * names is the negative dentry of the new name, which the operation instantiates, or the dentry of the existing name. The
 * VFS drops and moves dentries after unlink, rmdir and rename.
 *
 * Subclasses give every field a value at once: the path walk meets all kinds of inodes, and V8 remembers four shapes at a place.
 */
export abstract class Inode {
  readonly sb: Superblock;
  /** Unique in the superblock for as long as it lives, never used again; restored inodes keep it. */
  readonly id: number;
  /** st_ino as the filesystem's own getattr has it. */
  ino: number;
  /** S_IF* and permission bits. */
  mode: number;
  uid = 0;
  gid = 0;
  nlink = 1;
  rdev = 0;
  /** Bytes. */
  size = 0;
  generation = 0;
  atimeSec = 0;
  atimeNsec = 0;
  mtimeSec = 0;
  mtimeNsec = 0;
  ctimeSec = 0;
  ctimeNsec = 0;
  /** A dentry that leads here, if there was one (d_find_any_alias): the one dentry of a directory. */
  alias: Dentry | null = null;
  /** A directory that was removed: nothing can be made or found in it (S_DEAD). */
  dead = false;
  /** Made by tmpfile without O_EXCL: may get a name although it has no link (I_LINKABLE). */
  linkable = false;
  /** S_APPEND, S_IMMUTABLE (protection.ts). */
  protection = 0;
  /** How many open files and working directories use it: an inode without links stays until there are none. */
  pins = 0;

  constructor(sb: Superblock, id: number, mode: number) {
    this.sb = sb;
    this.id = id;
    this.ino = id;
    this.mode = mode;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  get isRegular(): boolean {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  get isSymlink(): boolean {
    return (this.mode & S_IFMT) === S_IFLNK;
  }

  /** Whether POSIX ACLs count for this inode (IS_POSIXACL). */
  get hasPosixAcl(): boolean {
    return (this.sb.flags & SB_POSIXACL) !== 0;
  }

  /** A character device 0/0: what overlay takes for a whiteout (IS_WHITEOUT). */
  get isWhiteout(): boolean {
    return this.rdev === 0 && (this.mode & S_IFMT) === 0o020000;
  }

  // Names

  /**
   * Finds `dentry.name` in this directory. Instantiates the dentry where the name exists and leaves it negative where it does
   * not; answers the dentry to go on with (another one where the inode has one already), or a negative errno.
   */
  lookup(_cred: Credentials, _dentry: Dentry): Dentry | number {
    return -errno.ENOTDIR;
  }

  /** Whether a cached dentry still holds (d_revalidate): 1 yes, 0 drop it and look again, negative an errno. */
  revalidate(_cred: Credentials, _dentry: Dentry): number {
    return 1;
  }

  create(_cred: Credentials, _dentry: Dentry, _mode: number): number {
    return -errno.EACCES;
  }

  mkdir(_cred: Credentials, _dentry: Dentry, _mode: number): number {
    return -errno.EPERM;
  }

  mknod(_cred: Credentials, _dentry: Dentry, _mode: number, _rdev: number): number {
    return -errno.EPERM;
  }

  symlink(_cred: Credentials, _dentry: Dentry, _target: string): number {
    return -errno.EPERM;
  }

  /** A new name `dentry` in this directory for the inode of `old`. */
  link(_cred: Credentials, _old: Dentry, _dentry: Dentry): number {
    return -errno.EPERM;
  }

  unlink(_cred: Credentials, _dentry: Dentry): number {
    return -errno.EPERM;
  }

  rmdir(_cred: Credentials, _dentry: Dentry): number {
    return -errno.EPERM;
  }

  /** `flags` is a set of RENAME_*; a flag that the filesystem does not know is EINVAL. */
  rename(_cred: Credentials, _old: Dentry, _newDir: Inode, _target: Dentry, _flags: number): number {
    return -errno.EPERM;
  }

  /** A regular file without a name: instantiates `dentry`, which is in no cache, with link count 0. */
  tmpfile(_cred: Credentials, _dentry: Dentry, _mode: number): number {
    return -errno.EOPNOTSUPP;
  }

  // Attributes

  /** MAY_* against mode, owner and ACL, or what the filesystem has instead; inodePermission calls it. */
  permission(cred: Credentials, mask: number): number {
    return genericPermission(cred, this, mask);
  }

  getattr(_cred: Credentials, _path: VfsPath, out: Kstat): number {
    this.fillStat(out);
    return 0;
  }

  setattr(_cred: Credentials, _dentry: Dentry, _attr: Iattr): number {
    return -errno.EPERM;
  }

  /** The target of a symlink, a byte string (get_link, readlink). EINVAL for anything else. */
  getLink(_cred: Credentials, _dentry: Dentry): string | number {
    return -errno.EINVAL;
  }

  /** Sets the times of the set S_ATIME | S_MTIME | S_CTIME to the present (update_time). */
  updateTime(times: number): number {
    this.touch(times);
    return 0;
  }

  // Extended attributes, by their full names; the vfs functions have checked name, namespace and permission.

  /** Whether the object can have extended attributes at all (IOP_XATTR). */
  hasXattrs(): boolean {
    return false;
  }

  /** Whether the filesystem has a handler for the attribute's namespace; without one every call is EOPNOTSUPP. */
  handlesXattr(_name: string): boolean {
    return false;
  }

  /** Whether the name is that of a namespace which the filesystem handles, and nothing more. */
  isXattrPrefix(_name: string): boolean {
    return false;
  }

  getxattr(_cred: Credentials, _dentry: Dentry, _name: string): Uint8Array | number {
    return -errno.EOPNOTSUPP;
  }

  /** `flags` is a set of XATTR_CREATE and XATTR_REPLACE. */
  setxattr(_cred: Credentials, _dentry: Dentry, _name: string, _value: Uint8Array, _flags: number): number {
    return -errno.EOPNOTSUPP;
  }

  removexattr(_cred: Credentials, _dentry: Dentry, _name: string): number {
    return -errno.EOPNOTSUPP;
  }

  /** All names that `cred` may see, in the filesystem's order. */
  listxattr(_cred: Credentials, _dentry: Dentry): readonly string[] | number {
    return [];
  }

  /** The POSIX ACL, `null` where there is none, or a negative errno. */
  getAcl(_type: AclType): Acl | null | number {
    return null;
  }

  /** `null` removes the ACL. The mode follows an access ACL. */
  setAcl(_cred: Credentials, _dentry: Dentry, _acl: Acl | null, _type: AclType): number {
    return -errno.EOPNOTSUPP;
  }

  // Open files

  /** The operations of a new open description. */
  open(_file: OpenFile): FileOperations | number {
    return -errno.ENXIO;
  }

  /** The last link and the last user are gone. */
  evict(): void {
    // The bytes go with the last reference.
  }

  // Services

  /** generic_fillattr. */
  fillStat(out: Kstat): void {
    out.dev = this.sb.dev;
    out.ino = this.ino;
    out.mode = this.mode;
    out.nlink = this.nlink;
    out.uid = this.uid;
    out.gid = this.gid;
    out.rdev = this.rdev;
    out.size = this.size;
    out.blksize = this.sb.blockSize;
    out.blocks = 0;
    out.atimeSec = this.atimeSec;
    out.atimeNsec = this.atimeNsec;
    out.mtimeSec = this.mtimeSec;
    out.mtimeNsec = this.mtimeNsec;
    out.ctimeSec = this.ctimeSec;
    out.ctimeNsec = this.ctimeNsec;
  }

  /** Sets times of this inode in memory to the present (inode_set_ctime_current and its siblings). */
  touch(times: number): void {
    const { sec, nsec } = this.sb.kernel.clock;
    if ((times & S_ATIME) !== 0) {
      this.atimeSec = sec;
      this.atimeNsec = nsec;
    }
    if ((times & S_MTIME) !== 0) {
      this.mtimeSec = sec;
      this.mtimeNsec = nsec;
    }
    if ((times & S_CTIME) !== 0) {
      this.ctimeSec = sec;
      this.ctimeNsec = nsec;
    }
  }

  /** One more user (igrab). */
  pin(): void {
    this.pins += 1;
  }

  /** One user less; an inode without links goes with its last user (iput). */
  unpin(): void {
    this.pins -= 1;
    this.evictIfUnused();
  }

  /** To be called after the link count fell. */
  evictIfUnused(): void {
    if (this.nlink === 0 && this.pins === 0) this.evict();
  }
}
