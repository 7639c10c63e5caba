import { aclFromXattr, aclToXattr, type Acl } from '../vfs/acl.ts';
import type { SavedValue } from '../vfs/snapshot.ts';
import { MemoryDirectory } from './directory.ts';
import type { SavedContent } from './content.ts';
import { noProject, type MemoryInode } from './inode.ts';
import type { ProjectQuotas } from './project-quotas.ts';
import type { MemoryLink } from './store.ts';
import type { MemorySuperblock } from './superblock.ts';

/** What is kept of an inode. What is usual is left undefined: this is what clones are made of, thousands a second. */
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
  readonly rdev: number | undefined;
  readonly linkable: true | undefined;
  readonly dead: true | undefined;
  readonly target: string | undefined;
  readonly xattrs: readonly (readonly [string, Uint8Array])[] | undefined;
  readonly acl: Uint8Array | undefined;
  readonly defaultAcl: Uint8Array | undefined;
  /** Id, and whether it is handed down. */
  readonly project: readonly [id: number, inherits: boolean] | undefined;
  readonly content: SavedContent | undefined;
  /** Of a directory. */
  readonly names: SavedNames | undefined;
}

interface SavedNames {
  /** Name, inode and position of each entry in turn, the oldest entry first. */
  readonly entries: readonly (string | number)[];
  readonly nextPosition: number;
}

interface SavedMemory {
  readonly flags: number;
  readonly uuid: Uint8Array;
  readonly rootMode: number;
  readonly rootUid: number;
  readonly rootGid: number;
  readonly noSwap: true | undefined;
  readonly maxBlocks: number;
  readonly maxInodes: number;
  readonly usedBlocks: number;
  readonly usedInodeSpace: number;
  readonly lastIno: number;
  /** The limits of projects. */
  readonly quotas: ReturnType<ProjectQuotas['save']>;
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
    noSwap: sb.noSwap ? true : undefined,
    maxBlocks: limits.maxBlocks,
    maxInodes: limits.maxInodes,
    usedBlocks: limits.usedBlocks,
    usedInodeSpace: limits.usedInodeSpace,
    lastIno: sb.lastIno,
    quotas: sb.quotas.save(),
    inodes: Array.from(sb.inodes(), saveInode),
  };
  return saved as unknown as SavedValue;
}

function saveInode(inode: MemoryInode): SavedInode {
  const { id, mode, uid, gid, nlink, size, generation, rdev, linkable, dead, target, xattrs, content } = inode;
  const { atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = inode;
  return {
    id,
    mode,
    uid,
    gid,
    nlink,
    size,
    generation,
    times: [atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec],
    rdev: rdev === 0 ? undefined : rdev,
    linkable: linkable ? true : undefined,
    dead: dead ? true : undefined,
    target: target === '' ? undefined : target,
    xattrs: xattrs === undefined || xattrs.size === 0 ? undefined : [...xattrs],
    acl: inode.accessAcl === null ? undefined : aclToXattr(inode.accessAcl),
    defaultAcl: inode.defaultAcl === null ? undefined : aclToXattr(inode.defaultAcl),
    project: inode.project === noProject ? undefined : [inode.project.id, inode.project.inherits],
    content: content === undefined || content.pages.count === 0 ? undefined : content.save(),
    names: inode instanceof MemoryDirectory ? saveNames(inode.place) : undefined,
  };
}

function saveNames(place: MemoryLink): SavedNames {
  const entries: (string | number)[] = [];
  for (const { name, ino, position } of place.entries()) entries.push(name, ino, position);
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
  sb.noSwap = saved.noSwap ?? false;
  sb.limits.usedBlocks = saved.usedBlocks;
  sb.limits.usedInodeSpace = saved.usedInodeSpace;
  sb.lastIno = saved.lastIno;
  for (const [project, limit] of saved.quotas) sb.quotas.setLimit(project, limit);
  const restored = saved.inodes.map((inode) => restoreInode(sb, inode));
  for (const [index, inode] of saved.inodes.entries()) restoreNames(sb, restored[index], inode.names);
  sb.findFreeNumbers();
  const [root] = restored;
  if (root === undefined) throw new Error('a saved filesystem has a root directory');
  sb.setRoot(root);
}

/** Limits that were saved, for the constructor of the superblock. */
export function savedLimits(value: SavedValue): { readonly maxBlocks: number; readonly maxInodes: number } {
  const { maxBlocks, maxInodes } = value as unknown as SavedMemory;
  return { maxBlocks, maxInodes };
}

function restoreInode(sb: MemorySuperblock, saved: SavedInode): MemoryInode {
  const inode = sb.inodeWith(saved.id, saved.mode);
  inode.uid = saved.uid;
  inode.gid = saved.gid;
  inode.nlink = saved.nlink;
  inode.size = saved.size;
  inode.generation = saved.generation;
  inode.rdev = saved.rdev ?? 0;
  inode.linkable = saved.linkable ?? false;
  inode.dead = saved.dead ?? false;
  inode.target = saved.target ?? '';
  restoreTimes(inode, saved.times);
  if (saved.xattrs !== undefined) inode.xattrs = new Map(saved.xattrs);
  if (saved.acl !== undefined) inode.accessAcl = savedAcl(saved.acl);
  if (saved.defaultAcl !== undefined) inode.defaultAcl = savedAcl(saved.defaultAcl);
  if (saved.content !== undefined) inode.content?.restore(saved.content);
  if (saved.project !== undefined) inode.project = { id: saved.project[0], inherits: saved.project[1] };
  sb.quotas.count(inode.project.id, inode.heldPages);
  return inode;
}

function restoreTimes(inode: MemoryInode, times: readonly number[]): void {
  inode.atimeSec = times[0] ?? 0;
  inode.atimeNsec = times[1] ?? 0;
  inode.mtimeSec = times[2] ?? 0;
  inode.mtimeNsec = times[3] ?? 0;
  inode.ctimeSec = times[4] ?? 0;
  inode.ctimeNsec = times[5] ?? 0;
}

function savedAcl(value: Uint8Array): Acl | null {
  const acl = aclFromXattr(value);
  if (typeof acl === 'number') throw new Error('a saved ACL is no ACL');
  return acl;
}

function restoreNames(sb: MemorySuperblock, inode: MemoryInode | undefined, names: SavedNames | undefined): void {
  if (!(inode instanceof MemoryDirectory) || names === undefined) return;
  const { entries } = names;
  for (let at = 0; at < entries.length; at += 3) {
    const child = sb.inodeOf(Number(entries[at + 1]));
    const link = child instanceof MemoryDirectory ? child.place : sb.store.newLink(child.ino);
    inode.place.attach(String(entries[at]), link, Number(entries[at + 2]));
    child.addLink(link);
  }
  inode.place.nextPosition = names.nextPosition;
}
