import { errno } from '../../host/errno.ts';
import type { Project } from '../../host/quota.ts';
import { S_IFBLK, S_IFCHR, S_IFMT, S_IFREG } from '../../host/constants.ts';
import { aclAfterChmod, equivalentMode, type Acl, type AclType } from '../vfs/acl.ts';
import { setattrCopy, setattrPrepare } from '../vfs/attr.ts';
import { CAP_SYS_RESOURCE, capable, type Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import { ATTR_MODE, ATTR_SIZE, type Iattr } from '../vfs/iattr.ts';
import { Inode, S_ATIME, S_CTIME, S_MTIME } from '../vfs/inode.ts';
import type { Kstat } from '../vfs/kstat.ts';
import type { FileOperations, OpenFile } from '../vfs/open-file.ts';
import { inGroupOrCapable } from '../vfs/permission.ts';
import { openSpecial } from '../vfs/special-file.ts';
import { FileContent } from './content.ts';
import { memoryFileOperations } from './file.ts';
import type { MemoryLink } from './store.ts';
import type { MemorySuperblock } from './superblock.ts';
import { giveXattrSpace, getSimpleXattr, listSimpleXattrs, removeSimpleXattr, setSimpleXattr } from './xattrs.ts';

/** What files belong to that nobody gave to a project. */
export const noProject: Project = { id: 0, inherits: false };

/** The longest symlink target that is kept in the inode; a longer one takes a page (SHORT_SYMLINK_LEN). */
const shortSymlink = 128;

/** Pages that a symlink's target takes. */
export function pagesOfTarget(target: string): number {
  return target.length >= shortSymlink ? 1 : 0;
}

/** An object of a filesystem in memory: what all types have. Directories are MemoryDirectory. */
export class MemoryInode extends Inode {
  declare readonly sb: MemorySuperblock;
  /** The target of a symlink. */
  target = '';
  /** The names that lead here. */
  readonly links: MemoryLink[] = [];
  /** The bytes of a regular file. */
  readonly content: FileContent | undefined;
  xattrs: Map<string, Uint8Array> | undefined = undefined;
  accessAcl: Acl | null = null;
  defaultAcl: Acl | null = null;
  project = noProject;
  /** Its last link and user are gone, and its space is given back: from then on nothing is counted for it. */
  evicted = false;

  constructor(sb: MemorySuperblock, ino: number, mode: number) {
    super(sb, ino, mode);
    this.content = (mode & S_IFMT) === S_IFREG ? new FileContent() : undefined;
    sb.enter(this);
  }

  // Attributes

  override fillStat(out: Kstat): void {
    super.fillStat(out);
    out.blocks = this.heldPages * (this.sb.blockSize / 512);
  }

  /** Pages that count against the size of the filesystem. */
  get heldPages(): number {
    if (this.content !== undefined) return this.content.pages.count;
    return this.isSymlink ? pagesOfTarget(this.target) : 0;
  }

  /** Takes blocks for this file. @returns 0, EDQUOT or ENOSPC where its project may not, ENOSPC where there are none */
  takeBlocks(cred: Credentials, count: number): number {
    if (this.evicted) return 0;
    const { limits, quotas } = this.sb;
    const refused = this.#overQuota(cred, count);
    if (refused < 0) return refused;
    if (!limits.takeBlocks(count)) return -errno.ENOSPC;
    quotas.count(this.project.id, count);
    return 0;
  }

  #overQuota(cred: Credentials, count: number): number {
    const { features, quotas } = this.sb;
    if (quotas.allows(this.project.id, count)) return 0;
    if (features.projects === 'xfs-quotas') return -errno.ENOSPC;
    return capable(cred, CAP_SYS_RESOURCE) ? 0 : -errno.EDQUOT;
  }

  giveBlocks(count: number): void {
    if (this.evicted) return;
    this.sb.limits.giveBlocks(count);
    this.sb.quotas.count(this.project.id, -count);
  }

  /** Moves the file, and what it holds, to a project. */
  setProject(project: Project): number {
    const { projects } = this.sb.features;
    if (projects === 'none') return project.id === 0 && !project.inherits ? 0 : -errno.EOPNOTSUPP;
    const { quotas } = this.sb;
    if (project.id !== this.project.id && !this.evicted) {
      if (!quotas.allows(project.id, this.heldPages)) return -errno.EDQUOT;
      quotas.count(this.project.id, -this.heldPages);
      quotas.count(project.id, this.heldPages);
    }
    this.project = project;
    this.touch(S_CTIME);
    return 0;
  }

  override setattr(cred: Credentials, dentry: Dentry, attr: Iattr): number {
    const answer = setattrPrepare(cred, dentry, attr);
    if (answer < 0) return answer;
    const resized = this.isRegular && (attr.valid & ATTR_SIZE) !== 0;
    // Pages are given back, be it none, and that counts as a change (shmem_truncate_range).
    const changed = resized && (attr.size !== this.size || this.heldPages > 0);
    if (resized) this.resize(attr.size);
    setattrCopy(cred, this, attr);
    if ((attr.valid & ATTR_MODE) !== 0) this.#chmodAcl(cred);
    if (!resized || changed) this.touch(changed ? S_CTIME | S_MTIME : S_CTIME);
    return 0;
  }

  /** Cuts the file, or lets it grow by a hole. */
  resize(size: number): void {
    const { content } = this;
    if (content === undefined) return;
    if (size < this.size) {
      const { blockSize } = this.sb;
      this.giveBlocks(content.pages.release(Math.ceil(size / blockSize), Infinity));
      content.truncate(size);
    }
    this.size = size;
  }

  override getLink(_cred: Credentials, _dentry: Dentry): string | number {
    return this.isSymlink ? this.target : -errno.EINVAL;
  }

  /** Makes this inode a symlink to `target`; an errno where there is no page for a long one. */
  setTarget(cred: Credentials, target: string): number {
    const pages = pagesOfTarget(target);
    const taken = pages > 0 ? this.takeBlocks(cred, pages) : 0;
    if (taken < 0) return taken;
    this.target = target;
    this.size = target.length;
    return 0;
  }

  // Extended attributes and ACLs

  override hasXattrs(): boolean {
    return this.sb.features.xattrs.length > 0;
  }

  override handlesXattr(name: string): boolean {
    return this.sb.features.xattrs.some((prefix) => name.startsWith(prefix));
  }

  override isXattrPrefix(name: string): boolean {
    return this.sb.features.xattrs.some((prefix) => name === prefix);
  }

  override getxattr(_cred: Credentials, _dentry: Dentry, name: string): Uint8Array | number {
    return getSimpleXattr(this, name);
  }

  override setxattr(_cred: Credentials, _dentry: Dentry, name: string, value: Uint8Array, flags: number): number {
    const answer = setSimpleXattr(this, name, value, flags);
    if (answer === 0) this.touch(S_CTIME);
    return answer;
  }

  override removexattr(_cred: Credentials, _dentry: Dentry, name: string): number {
    const answer = removeSimpleXattr(this, name);
    if (answer === 0) this.touch(S_CTIME);
    return answer;
  }

  override listxattr(cred: Credentials, _dentry: Dentry): readonly string[] | number {
    return listSimpleXattrs(cred, this);
  }

  override getAcl(type: AclType): Acl | null {
    return type === 'access' ? this.accessAcl : this.defaultAcl;
  }

  override setAcl(cred: Credentials, _dentry: Dentry, acl: Acl | null, type: AclType): number {
    if (type === 'default') this.defaultAcl = acl;
    else this.#setAccessAcl(cred, acl);
    this.touch(S_CTIME);
    return 0;
  }

  /** posix_acl_update_mode: the mode says what it can of the ACL, and all of it where it can. */
  #setAccessAcl(cred: Credentials, acl: Acl | null): void {
    let { mode } = this;
    if (acl !== null) mode = (mode & ~0o777) | equivalentMode(acl).mode;
    this.accessAcl = acl !== null && equivalentMode(acl).complete ? null : acl;
    this.mode = inGroupOrCapable(cred, this) ? mode : mode & ~0o2000;
  }

  #chmodAcl(cred: Credentials): void {
    if (this.accessAcl === null) return;
    this.#setAccessAcl(cred, aclAfterChmod(this.accessAcl, this.mode));
  }

  // Life

  override open(file: OpenFile): FileOperations | number {
    if (this.isRegular) return memoryFileOperations;
    return this.isSymlink ? -errno.ELOOP : openSpecial(file);
  }

  /** A name more for this inode. */
  addLink(link: MemoryLink): void {
    this.links.push(link);
  }

  removeLink(link: MemoryLink): void {
    const index = this.links.indexOf(link);
    if (index >= 0) this.links.splice(index, 1);
  }

  /**
   * Gives back all space, once. An overlay may show the object by another name, cached when redirects led to it twice, and goes
   * on reading it.
   */
  override evict(): void {
    if (this.evicted) return;
    this.giveBlocks(this.heldPages);
    giveXattrSpace(this);
    this.sb.limits.giveInode();
    this.evicted = true;
    this.sb.leave(this);
  }
}

/** The inode of a dentry of a filesystem in memory. */
export function memoryInode({ inode }: Dentry): MemoryInode {
  if (!(inode instanceof MemoryInode)) throw new Error('not a positive dentry of a filesystem in memory');
  return inode;
}

/** All times of a new inode are the present. */
export const ALL_TIMES = S_ATIME | S_MTIME | S_CTIME;

/** Whether a mode has a device number with it. */
export function hasDevice(mode: number): boolean {
  const type = mode & S_IFMT;
  return type === S_IFCHR || type === S_IFBLK;
}
