import { errno } from '../../host/errno.ts';
import {
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
} from '../../host/constants.ts';
import { NAME_MAX } from '../../host/path.ts';
import { aclForCreate, type Acl } from '../vfs/acl.ts';
import type { Credentials } from '../vfs/credentials.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { Kstat } from '../vfs/kstat.ts';
import { S_CTIME, S_MTIME, type Inode } from '../vfs/inode.ts';
import type { FileOperations, OpenFile } from '../vfs/open-file.ts';
import { memoryDirectoryOperations } from './directory-file.ts';
import { ALL_TIMES, hasDevice, memoryInode, MemoryInode, pagesOfTarget } from './inode.ts';
import { xfsReserves } from './project-quotas.ts';
import type { MemoryLink } from './store.ts';
import type { MemorySuperblock } from './superblock.ts';

/** A directory of a filesystem in memory (mm/shmem.c with the simple_offset_* of fs/libfs.c). */
export class MemoryDirectory extends MemoryInode {
  /** The directory's place in the tree of memfs, which holds its entries. */
  readonly place: MemoryLink;

  constructor(sb: MemorySuperblock, place: MemoryLink, mode: number) {
    super(sb, place.ino, mode);
    this.place = place;
    this.nlink = 2;
    this.updateSize();
  }

  override fillStat(out: Kstat): void {
    super.fillStat(out);
    if (!this.sb.features.countsDirectories) out.nlink = Math.min(this.nlink, 1);
  }

  /** st_size follows the number of entries, or not, as the filesystem has it. */
  updateSize(): void {
    const { directorySize } = this.sb.features;
    this.size = 'fixed' in directorySize ? directorySize.fixed : directorySize.entry * (2 + this.place.length);
  }

  /** The directory above; the root's is itself. */
  get parent(): MemoryInode {
    const above = this.place.parent;
    return above === undefined ? this : this.sb.inodeOf(above.ino);
  }

  override lookup(_cred: Credentials, dentry: Dentry): Dentry | number {
    if (dentry.name.length > NAME_MAX) return -errno.ENAMETOOLONG;
    const link = this.place.child(dentry.name);
    if (link === undefined) return dentry;
    const inode = this.sb.inodeOf(link.ino);
    if (inode.isDirectory && inode.alias !== null) {
      // Found by its handle before its name was looked up.
      inode.alias.moveTo(dentry);
      return inode.alias;
    }
    dentry.instantiate(inode);
    return dentry;
  }

  override create(cred: Credentials, dentry: Dentry, mode: number): number {
    return this.mknod(cred, dentry, S_IFREG | mode, 0);
  }

  override mkdir(cred: Credentials, dentry: Dentry, mode: number): number {
    return this.mknod(cred, dentry, S_IFDIR | mode, 0);
  }

  override mknod(cred: Credentials, dentry: Dentry, mode: number, rdev: number): number {
    const inode = this.newInode(cred, mode, rdev, xfsReserves.named);
    if (typeof inode === 'number') return inode;
    this.inheritAcl(inode);
    this.enter(dentry.name, inode);
    dentry.instantiate(inode);
    return 0;
  }

  override symlink(cred: Credentials, dentry: Dentry, target: string): number {
    if (target.length > this.sb.features.longestSymlink) return -errno.ENAMETOOLONG;
    const inode = this.newInode(cred, S_IFLNK | 0o777, 0, xfsReserves.named + pagesOfTarget(target));
    if (typeof inode === 'number') return inode;
    const answer = inode.setTarget(cred, target);
    if (answer < 0) {
      inode.nlink = 0;
      inode.evict();
      return answer;
    }
    this.enter(dentry.name, inode);
    dentry.instantiate(inode);
    return 0;
  }

  override tmpfile(cred: Credentials, dentry: Dentry, mode: number): number {
    if (!this.sb.features.tmpfile) return -errno.EOPNOTSUPP;
    const inode = this.newInode(cred, mode, 0, xfsReserves.unnamed);
    if (typeof inode === 'number') return inode;
    this.inheritAcl(inode);
    inode.nlink = 0;
    dentry.inode = inode;
    inode.alias = dentry;
    return 0;
  }

  override link(_cred: Credentials, old: Dentry, dentry: Dentry): number {
    const inode = memoryInode(old);
    if (!this.#takes(inode)) return -errno.EXDEV;
    // A name takes memory as an inode does; the first one was counted with its inode.
    if (inode.nlink > 0 && !this.sb.limits.takeInode()) return -errno.ENOSPC;
    inode.nlink += 1;
    inode.touch(S_CTIME);
    this.enter(dentry.name, inode);
    dentry.instantiate(inode);
    return 0;
  }

  override unlink(_cred: Credentials, dentry: Dentry): number {
    const inode = memoryInode(dentry);
    this.leave(dentry.name);
    if (inode.nlink > 1 && !inode.isDirectory) this.sb.limits.giveInode();
    inode.nlink -= 1;
    inode.touch(S_CTIME);
    inode.evictIfUnused();
    return 0;
  }

  override rmdir(cred: Credentials, dentry: Dentry): number {
    const inode = memoryDirectory(dentry.inode);
    if (!inode.isEmpty) return -errno.ENOTEMPTY;
    inode.nlink -= 1;
    this.nlink -= 1;
    return this.unlink(cred, dentry);
  }

  override rename(cred: Credentials, old: Dentry, newDir: Inode, target: Dentry, flags: number): number {
    if (!this.#knowsFlags(flags)) return -errno.EINVAL;
    const destination = memoryDirectory(newDir);
    if ((flags & RENAME_EXCHANGE) !== 0) return this.#exchange(old, destination, target);
    const source = memoryInode(old);
    if (!destination.#takes(source)) return -errno.EXDEV;
    const replaced = target.inode === null ? null : memoryInode(target);
    if (replaced instanceof MemoryDirectory && !replaced.isEmpty) return -errno.ENOTEMPTY;
    const leavesWhiteout = (flags & RENAME_WHITEOUT) !== 0;
    const whiteout = leavesWhiteout ? this.newInode(cred, S_IFCHR, 0, xfsReserves.unnamed) : undefined;
    if (typeof whiteout === 'number') return whiteout;
    if (whiteout !== undefined) this.inheritAcl(whiteout);
    this.#move(old.name, source, destination, target.name, whiteout);
    this.#countDirectories(source, destination, replaced);
    if (replaced !== null) this.#dropReplaced(replaced);
    this.touch(S_MTIME | S_CTIME);
    destination.touch(S_MTIME | S_CTIME);
    source.touch(S_CTIME);
    return 0;
  }

  override open(_file: OpenFile): FileOperations | number {
    return memoryDirectoryOperations;
  }

  get isEmpty(): boolean {
    return this.place.length === 0;
  }

  /**
   * A new inode that this directory's entries would have: owner, group, set-group-ID and times (inode_init_owner). xfs wants `reserve`
   * blocks of the project to be free for it.
   */
  newInode(cred: Credentials, mode: number, rdev: number, reserve: number): MemoryInode | number {
    const { features, limits, quotas } = this.sb;
    const project = this.project.inherits ? this.project.id : 0;
    if (features.projects === 'xfs-quotas' && !quotas.allows(project, reserve)) return -errno.ENOSPC;
    if (!limits.takeInode()) return -errno.ENOSPC;
    const isDirectory = (mode & S_IFMT) === S_IFDIR;
    const inherits = (this.mode & S_ISGID) !== 0;
    const inode = this.sb.makeInode(inherits && isDirectory ? mode | S_ISGID : mode);
    inode.uid = cred.fsuid;
    inode.gid = inherits ? this.gid : cred.fsgid;
    if (hasDevice(mode)) inode.rdev = rdev;
    inode.touch(ALL_TIMES);
    if (this.project.inherits) inode.project = { id: this.project.id, inherits: isDirectory };
    return inode;
  }

  /** A directory that gives its project to what is made in it takes nothing in from another project. */
  #takes(inode: MemoryInode): boolean {
    return !this.project.inherits || this.project.id === inode.project.id;
  }

  /** Takes over the default ACL of this directory, or the umask where it has none (simple_acl_create). */
  inheritAcl(inode: MemoryInode): void {
    if (!this.hasPosixAcl) return;
    const inherited: Acl | null = this.defaultAcl;
    if (inherited === null) {
      inode.mode &= ~this.sb.kernel.umask;
      return;
    }
    const { acl, mode, complete } = aclForCreate(inherited, inode.mode & 0o777);
    inode.mode = (inode.mode & ~0o777) | mode;
    if (!complete) inode.accessAcl = acl;
    if (inode.isDirectory) inode.defaultAcl = inherited;
  }

  /** Makes `name` lead to an inode that exists, as the newest entry. */
  enter(name: string, inode: MemoryInode): void {
    const link = inode instanceof MemoryDirectory ? inode.place : this.sb.store.newLink(inode.ino);
    this.place.attach(name, link, this.place.takePosition());
    inode.addLink(link);
    if (inode.isDirectory) this.nlink += 1;
    this.updateSize();
    this.touch(S_MTIME | S_CTIME);
  }

  /** Takes a name out. Link counts are the caller's. */
  leave(name: string): void {
    const link = this.place.child(name);
    if (link === undefined) return;
    this.place.detach(link);
    this.sb.inodeOf(link.ino).removeLink(link);
    this.updateSize();
    this.touch(S_MTIME | S_CTIME);
  }

  #knowsFlags(flags: number): boolean {
    const { renameFlags } = this.sb.features;
    if ((flags & RENAME_NOREPLACE) !== 0 && !renameFlags.includes('noreplace')) return false;
    if ((flags & RENAME_EXCHANGE) !== 0 && !renameFlags.includes('exchange')) return false;
    return (flags & RENAME_WHITEOUT) === 0 || renameFlags.includes('whiteout');
  }

  /**
   * Moves an entry: it becomes the newest of its directory, at the position of the one that it replaces. A whiteout takes its
   * old place, entered just before.
   */
  #move(name: string, source: MemoryInode, to: MemoryDirectory, newName: string, whiteout?: MemoryInode): void {
    const link = this.place.child(name);
    if (link === undefined) return;
    this.place.detach(link);
    if (whiteout !== undefined) {
      const mark = this.sb.store.newLink(whiteout.ino);
      this.place.attach(name, mark, this.place.takePosition());
      whiteout.addLink(mark);
    }
    const replaced = to.place.child(newName);
    if (replaced !== undefined) {
      to.place.detach(replaced);
      to.sb.inodeOf(replaced.ino).removeLink(replaced);
    }
    to.place.attach(newName, link, replaced?.position ?? to.place.takePosition());
    if (source instanceof MemoryDirectory && link !== source.place) throw new Error('a directory has one name');
    this.updateSize();
    to.updateSize();
  }

  #countDirectories(source: MemoryInode, destination: MemoryDirectory, replaced: MemoryInode | null): void {
    if (!source.isDirectory) return;
    this.nlink -= 1;
    if (replaced === null) destination.nlink += 1;
    else replaced.nlink -= 1;
  }

  #dropReplaced(replaced: MemoryInode): void {
    if (replaced.nlink > 1 && !replaced.isDirectory) this.sb.limits.giveInode();
    replaced.nlink -= 1;
    replaced.touch(S_CTIME);
    replaced.evictIfUnused();
  }

  #exchange(old: Dentry, destination: MemoryDirectory, target: Dentry): number {
    const one = this.place.child(old.name);
    const other = destination.place.child(target.name);
    if (one === undefined || other === undefined) return -errno.ENOENT;
    if (!destination.#takes(memoryInode(old)) || !this.#takes(memoryInode(target))) return -errno.EXDEV;
    const [onePosition, otherPosition] = [one.position, other.position];
    this.place.detach(one);
    destination.place.detach(other);
    // The kernel enters the one that takes the old name first.
    this.place.attach(old.name, other, onePosition);
    destination.place.attach(target.name, one, otherPosition);
    const source = memoryInode(old);
    const exchanged = memoryInode(target);
    if (this !== destination && source.isDirectory !== exchanged.isDirectory) {
      const moved = source.isDirectory ? 1 : -1;
      this.nlink -= moved;
      destination.nlink += moved;
    }
    this.touch(S_MTIME | S_CTIME);
    destination.touch(S_MTIME | S_CTIME);
    const elsewhere = this !== destination && this.sb.features.exchangeChangesDirectories;
    for (const moved of [source, exchanged]) {
      moved.touch(elsewhere && moved.isDirectory ? S_MTIME | S_CTIME : S_CTIME);
    }
    return 0;
  }
}

export function memoryDirectory(inode: Inode | null): MemoryDirectory {
  if (!(inode instanceof MemoryDirectory)) throw new Error('not a directory of a filesystem in memory');
  return inode;
}
