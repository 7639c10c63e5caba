import type { Dentry } from '../vfs/dentry.ts';
import type { Mount, VfsPath } from '../vfs/mount.ts';
import type { Loader, Saver } from '../vfs/snapshot.ts';

/** What may be done on a branch: `real-readonly` says that nobody else changes it either (rr). */
export type Access = 'rw' | 'ro' | 'real-readonly';

/** The permission of a branch, as the word after its path has it. */
export interface BranchPermission {
  readonly access: Access;
  /** Whether whiteouts on it count; those of a writable branch always do. */
  readonly whiteouts: boolean;
  /** Whether whiteouts may be links of one file. */
  readonly whiteoutLinks: boolean;
}

/** One of the directories that are united (struct au_branch); 0 is the topmost. */
export class Branch {
  readonly index: number;
  readonly mount: Mount;
  readonly permission: BranchPermission;
  /** The file that whiteouts are links of, `undefined` where there is none (wbr_whbase). */
  whiteoutBase: Dentry | undefined;
  /** wbr_plink, `undefined` without pseudo-links and on branches that are not written to. */
  pseudoLinks: Dentry | undefined;
  /** wbr_orph */
  orphans: Dentry | undefined;

  constructor(index: number, mount: Mount, permission: BranchPermission) {
    this.index = index;
    this.mount = mount;
    this.permission = permission;
  }

  get root(): Dentry {
    return this.mount.root;
  }

  get writable(): boolean {
    return this.permission.access === 'rw';
  }

  /** au_br_whable */
  get honoursWhiteouts(): boolean {
    return this.writable || this.permission.whiteouts;
  }
}

/** What one branch has of an object. */
export class Part implements VfsPath {
  readonly branch: Branch;
  readonly dentry: Dentry;

  constructor(branch: Branch, dentry: Dentry) {
    this.branch = branch;
    this.dentry = dentry;
  }

  get mount(): Mount {
    return this.branch.mount;
  }
}

/** A part of a saved machine: the branch by its index, and the number of the dentry. */
export type SavedPart = readonly [branch: number, dentry: number];

export function savePart({ branch, dentry }: Part, saver: Saver): SavedPart {
  return [branch.index, saver.dentry(dentry)];
}

export function restorePart(branches: readonly Branch[], [index, dentry]: SavedPart, loader: Loader): Part {
  const branch = branches[index];
  if (branch === undefined) throw new Error('a saved union refers to a branch that it has not');
  return new Part(branch, loader.dentry(dentry));
}

const attributes = new Map<string, Partial<BranchPermission>>([
  ['wh', { whiteouts: true }],
  ['nolwh', { whiteoutLinks: false }],
]);

const accesses = new Map<string, Access>([
  ['rw', 'rw'],
  ['ro', 'ro'],
  ['rr', 'real-readonly'],
]);

/** The permission that a word such as `ro+wh` names; `undefined` for a word that is none. */
export function parsePermission(word: string): BranchPermission | undefined {
  const [name = '', ...given] = word.split('+');
  const access = accesses.get(name);
  if (access === undefined) return undefined;
  let permission: BranchPermission = { access, whiteouts: false, whiteoutLinks: true };
  for (const each of given) {
    const attribute = attributes.get(each);
    const fits = attribute?.whiteouts === true ? access !== 'rw' : access === 'rw';
    if (attribute === undefined || !fits) return undefined;
    permission = { ...permission, ...attribute };
  }
  return permission;
}

export const writablePermission: BranchPermission = { access: 'rw', whiteouts: false, whiteoutLinks: true };
export const readOnlyPermission: BranchPermission = { access: 'ro', whiteouts: false, whiteoutLinks: true };
