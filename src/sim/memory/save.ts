import { S_IFDIR, S_IFMT } from '../../host/constants.ts';
import { aclFromXattr, aclToXattr, type Acl } from '../vfs/acl.ts';
import type { SavedValue } from '../vfs/snapshot.ts';
import { MemoryDirectory } from './directory.ts';
import { MemoryInode } from './inode.ts';
import type { MemoryLink } from './store.ts';
import type { MemorySuperblock } from './superblock.ts';

/** What is kept of an inode. Members that are usual are left out: this is what clones are made of, thousands a second. */
interface SavedInode {
  readonly id: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly generation: number;
  /** Seconds and nanoseconds of atime, mtime, ctime. */
  readonly times: readonly number[];
  readonly rdev?: number;
  readonly linkable?: true;
  readonly dead?: true;
  readonly target?: string;
  readonly xattrs?: readonly (readonly [string, Uint8Array])[];
  readonly acl?: Uint8Array;
  readonly defaultAcl?: Uint8Array;
  readonly content?: SavedContent;
  /** Of a directory: name, inode and position of each entry, oldest first, and the position of the next. */
  readonly entries?: readonly (readonly [string, number, number])[];
  readonly nextPosition?: number;
}

interface SavedContent {
  readonly pages: readonly number[];
  readonly pieces: readonly { readonly piece: number; readonly bytes: Uint8Array; readonly size: number }[];
}

interface SavedMemory {
  readonly flags: number;
  readonly uuid: Uint8Array;
  readonly rootMode: number;
  readonly rootUid: number;
  readonly rootGid: number;
  readonly maxBlocks: number;
  readonly maxInodes: number;
  readonly usedBlocks: number;
  readonly usedInodeSpace: number;
  readonly lastIno: number;
  readonly inodes: readonly SavedInode[];
}

/** A filesystem in memory as plain data that shares its bytes. */
export function saveMemory(sb: MemorySuperblock): SavedValue {
  const { limits } = sb;
  const saved: SavedMemory = {
    flags: sb.flags,
    uuid: sb.uuid,
    rootMode: sb.rootMode,
    rootUid: sb.rootUid,
    rootGid: sb.rootGid,
    maxBlocks: limits.maxBlocks,
    maxInodes: limits.maxInodes,
    usedBlocks: limits.usedBlocks,
    usedInodeSpace: limits.usedInodeSpace,
    lastIno: sb.store.ino,
    inodes: Array.from(sb.inodes(), saveInode),
  };
  return saved as unknown as SavedValue;
}

function saveInode(inode: MemoryInode): SavedInode {
  const { id, mode, uid, gid, nlink, size, generation, rdev, xattrs, accessAcl, defaultAcl } = inode;
  const { atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = inode;
  const times = [atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec];
  return {
    ...{ id, mode, uid, gid, nlink, size, generation, times },
    ...(rdev !== 0 && { rdev }),
    ...(inode.linkable && { linkable: true as const }),
    ...(inode.dead && { dead: true as const }),
    ...(inode.isSymlink && { target: inode.node.symlink }),
    ...(xattrs !== undefined && xattrs.size > 0 && { xattrs: [...xattrs] }),
    ...(accessAcl !== null && { acl: aclToXattr(accessAcl) }),
    ...(defaultAcl !== null && { defaultAcl: aclToXattr(defaultAcl) }),
    ...(inode.content !== undefined && inode.content.pages.count > 0 && { content: inode.content.save() }),
    ...(inode instanceof MemoryDirectory && saveEntries(inode.place)),
  };
}

function saveEntries(place: MemoryLink): Pick<SavedInode, 'entries' | 'nextPosition'> {
  const entries = place.entries().map(({ name, ino, position }) => [name, ino, position] as const);
  return { entries, nextPosition: place.nextPosition };
}

/** Fills a superblock that was just made with what saveMemory kept. */
export function restoreMemory(sb: MemorySuperblock, value: SavedValue): void {
  const saved = value as unknown as SavedMemory;
  sb.flags = saved.flags;
  sb.uuid = saved.uuid.slice();
  sb.rootMode = saved.rootMode;
  sb.rootUid = saved.rootUid;
  sb.rootGid = saved.rootGid;
  sb.limits.usedBlocks = saved.usedBlocks;
  sb.limits.usedInodeSpace = saved.usedInodeSpace;
  sb.store.ino = saved.lastIno;
  const restored = saved.inodes.map((inode) => restoreInode(sb, inode));
  for (const [index, inode] of saved.inodes.entries()) restoreEntries(sb, restored[index], inode);
  const [root] = restored;
  if (root === undefined) throw new Error('a saved filesystem has a root directory');
  sb.setRoot(root);
}

/** Limits that were saved, for the constructor of the superblock. */
export function savedLimits(value: SavedValue): { readonly maxBlocks: number; readonly maxInodes: number } {
  const { maxBlocks, maxInodes } = value as unknown as SavedMemory;
  return { maxBlocks, maxInodes };
}

const rootIno = 1;

function restoreInode(sb: MemorySuperblock, saved: SavedInode): MemoryInode {
  const inode = emptyInode(sb, saved);
  inode.uid = saved.uid;
  inode.gid = saved.gid;
  inode.nlink = saved.nlink;
  inode.size = saved.size;
  inode.generation = saved.generation;
  inode.rdev = saved.rdev ?? 0;
  inode.linkable = saved.linkable ?? false;
  inode.dead = saved.dead ?? false;
  restoreTimes(inode, saved.times);
  if (saved.target !== undefined) inode.node.makeSymlink(saved.target);
  if (saved.xattrs !== undefined) inode.xattrs = new Map(saved.xattrs);
  inode.accessAcl = savedAcl(saved.acl);
  inode.defaultAcl = savedAcl(saved.defaultAcl);
  if (saved.content !== undefined) restoreContent(inode, saved.content);
  return inode;
}

function emptyInode(sb: MemorySuperblock, { id, mode }: SavedInode): MemoryInode {
  if ((mode & S_IFMT) !== S_IFDIR) return new MemoryInode(sb, sb.store.restoreNode(id, mode & S_IFMT), mode);
  if (id === rootIno) return new MemoryDirectory(sb, sb.store.rootNode, sb.store.rootLink, mode);
  const node = sb.store.restoreNode(id, S_IFDIR);
  return new MemoryDirectory(sb, node, sb.store.newLink(node), mode);
}

function restoreTimes(inode: MemoryInode, times: readonly number[]): void {
  [inode.atimeSec = 0, inode.atimeNsec = 0, inode.mtimeSec = 0, inode.mtimeNsec = 0] = times;
  [inode.ctimeSec = 0, inode.ctimeNsec = 0] = times.slice(4);
}

function savedAcl(value: Uint8Array | undefined): Acl | null {
  if (value === undefined) return null;
  const acl = aclFromXattr(value);
  if (typeof acl === 'number') throw new Error('a saved ACL is no ACL');
  return acl;
}

function restoreContent(inode: MemoryInode, { pages, pieces }: SavedContent): void {
  const shared = pieces.map(({ piece, bytes, size }) => ({
    piece,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    size,
  }));
  inode.content?.restore({ pages, pieces: shared });
}

function restoreEntries(sb: MemorySuperblock, inode: MemoryInode | undefined, saved: SavedInode): void {
  if (!(inode instanceof MemoryDirectory) || saved.entries === undefined) return;
  inode.place.nextPosition = saved.nextPosition ?? inode.place.nextPosition;
  for (const [name, ino, position] of saved.entries) {
    const child = sb.inodeOf(ino);
    const link = child instanceof MemoryDirectory ? child.place : sb.store.newLink(child.node);
    inode.place.attach(name, link, position);
    child.addLink(link);
  }
}
