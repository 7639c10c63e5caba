import type { Dentry } from '../vfs/dentry.ts';
import type { FilesystemType } from '../vfs/filesystem-type.ts';
import type { Kernel } from '../vfs/kernel.ts';
import { positive } from '../vfs/mount.ts';
import type { Loader, Saver, SavedValue } from '../vfs/snapshot.ts';
import type { SuperblockIdentity } from '../vfs/superblock.ts';
import { rootDentry, type AufsInode } from './aufs-inode.ts';
import { AufsSuperblock, type AufsFactory } from './aufs-superblock.ts';
import { Branch, restorePart, savePart, type BranchPermission, type SavedPart } from './branch.ts';
import { rootIno, type SavedNumbers } from './inode-numbers.ts';
import type { AufsOptions } from './options.ts';

interface SavedBranch {
  readonly mount: number;
  readonly permission: BranchPermission;
  readonly whiteoutBase: number | null;
  readonly pseudoLinks: number | null;
  readonly orphans: number | null;
}

interface SavedInode {
  readonly id: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly dead: boolean;
  readonly removed: boolean;
  readonly pseudoLinked: boolean;
  readonly parts: readonly SavedPart[];
}

interface SavedUnion {
  readonly flags: number;
  readonly si: string;
  readonly options: AufsOptions;
  readonly branches: readonly SavedBranch[];
  readonly numbers: SavedNumbers;
  readonly inodes: readonly SavedInode[];
  readonly counters: { readonly inode: number; readonly temporary: number };
}

/** A union as plain data: what its branches do not say. */
export function saveUnion(sb: AufsSuperblock, saver: Saver): SavedValue {
  const saved: SavedUnion = {
    flags: sb.flags,
    si: sb.si,
    options: sb.options,
    branches: sb.branches.map((branch) => saveBranch(branch, saver)),
    numbers: sb.numbers.save(saver),
    inodes: sb.inodesInUse().map((inode) => saveInode(inode, saver)),
    counters: sb.counters,
  };
  return saved as unknown as SavedValue;
}

function saveBranch({ mount, permission, whiteoutBase, pseudoLinks, orphans }: Branch, saver: Saver): SavedBranch {
  const number = (dentry: Dentry | undefined): number | null => (dentry === undefined ? null : saver.dentry(dentry));
  return {
    mount: saver.mount(mount),
    permission,
    whiteoutBase: number(whiteoutBase),
    pseudoLinks: number(pseudoLinks),
    orphans: number(orphans),
  };
}

function saveInode(inode: AufsInode, saver: Saver): SavedInode {
  const { id, ino, mode, nlink, dead, removed, sb } = inode;
  const pseudoLinked = sb.pseudoLinked.has(inode);
  const parts = inode.parts.map((part) => savePart(part, saver));
  return { id, ino, mode, nlink, dead, removed, pseudoLinked, parts };
}

export function restoreUnion(
  kernel: Kernel,
  type: FilesystemType,
  factory: AufsFactory,
  identity: SuperblockIdentity,
  value: SavedValue,
  loader: Loader,
): AufsSuperblock {
  const saved = value as unknown as SavedUnion;
  const { si, options } = saved;
  const sb = new AufsSuperblock({
    kernel,
    type,
    factory,
    userNamespace: identity.userNamespace,
    si,
    options,
    identity,
  });
  for (const branch of saved.branches) sb.append(restoreBranch(sb.branches.length, branch, loader));
  sb.flags = saved.flags;
  sb.numbers.restore(saved.numbers, (number) => loader.superblock(number));
  const inodes = saved.inodes.map((inode) => restoreInode(sb, inode, loader));
  sb.counters = saved.counters;
  const root = inodes.find(({ ino }) => ino === rootIno);
  if (root === undefined) throw new Error('a saved union has a root directory');
  sb.root = rootDentry(root);
  return sb;
}

function restoreBranch(index: number, saved: SavedBranch, loader: Loader): Branch {
  const branch = new Branch(index, loader.mount(saved.mount), saved.permission);
  const dentry = (number: number | null): Dentry | undefined => (number === null ? undefined : loader.dentry(number));
  branch.whiteoutBase = dentry(saved.whiteoutBase);
  branch.pseudoLinks = dentry(saved.pseudoLinks);
  branch.orphans = dentry(saved.orphans);
  return branch;
}

function restoreInode(sb: AufsSuperblock, saved: SavedInode, loader: Loader): AufsInode {
  const inode = sb.factory.newInode(sb, saved.id, saved.mode);
  inode.ino = saved.ino;
  inode.nlink = saved.nlink;
  inode.dead = saved.dead;
  inode.removed = saved.removed;
  inode.parts = saved.parts.map((part) => restorePart(sb.branches, part, loader));
  if (saved.pseudoLinked) sb.pseudoLinked.add(inode);
  sb.restoreInode(inode);
  inode.copyAttributes();
  for (const { dentry } of inode.parts) if (dentry.unlinked) inode.hold(positive(dentry));
  return inode;
}
