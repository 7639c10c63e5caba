import { errno } from '../../host/errno.ts';
import { S_IFREG } from '../../host/constants.ts';
import { basename, dirname, type Path } from '../../host/path.ts';
import type { Dentry } from '../vfs/dentry.ts';
import type { FsContext } from '../vfs/fs-context.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import { positive, type VfsPath } from '../vfs/mount.ts';
import { lookupChild, vfsCreate, vfsUnlink } from '../vfs/namei.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import { SB_REQUESTED } from '../vfs/superblock.ts';
import { addBranch } from './add-branch.ts';
import { aufsInode, rootDentry } from './aufs-inode.ts';
import { AufsSuperblock, type AufsFactory } from './aufs-superblock.ts';
import { Part } from './branch.ts';
import { rootIno } from './inode-numbers.ts';
import { findParts } from './lookup.ts';
import { defaultOptions, type ParsedOptions } from './options.ts';
import { prepareWritable } from './writable-branch.ts';

/** Makes the union that the options describe, and its root. */
export function makeUnion(context: FsContext, parsed: ParsedOptions, factory: AufsFactory): AufsSuperblock | number {
  const { kernel, type, userNamespace } = context;
  const sb = new AufsSuperblock({
    kernel,
    type,
    factory,
    userNamespace,
    si: BigInt(`0x${Buffer.from(kernel.randomBytes(8)).toString('hex')}`).toString(16),
    options: { ...defaultOptions, ...parsed.changes },
  });
  sb.flags |= context.sbFlags & SB_REQUESTED;
  const answer = fill(sb, context, parsed);
  if (answer === 0) return sb;
  sb.putSuper();
  return convertError(answer);
}

/** A mount never says that something is missing, in the way or damaged (cvt_err). */
function convertError(answer: number): number {
  return unsaid.has(-answer) ? -errno.EINVAL : answer;
}

const unsaid: ReadonlySet<number> = new Set([errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EIO]);

function fill(sb: AufsSuperblock, context: FsContext, { branches }: ParsedOptions): number {
  for (const branch of branches) {
    const added = addBranch(sb, context, branch, 'mount');
    if (added < 0) return added;
  }
  if (sb.branches.length === 0) {
    sb.log('no branches');
    return -errno.EINVAL;
  }
  const writable = sb.branches.find((branch) => branch.writable);
  const answer = (writable === undefined ? 0 : prepareWritable(sb, writable)) || makeNumbersFile(sb, context);
  if (answer < 0) return answer;
  sb.root = makeRoot(sb);
  return 0;
}

const defaultNumbersName = '.aufs.xino';

/** The file of inode numbers has a name for a moment only, but there must be no other file of that name. */
function makeNumbersFile(sb: AufsSuperblock, context: FsContext): number {
  const { xino } = sb.options;
  if (xino === undefined) return 0;
  const writable = sb.branches.find((branch) => branch.writable);
  if (xino.path === undefined && writable !== undefined) {
    return makeAndRemove(sb, { mount: writable.mount, dentry: writable.root }, defaultNumbersName);
  }
  const path = (xino.path ?? `/tmp/${defaultNumbersName}`) as Path;
  const directory = context.kernel.kernPath(dirname(path), LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  return typeof directory === 'number' ? directory : makeAndRemove(sb, directory, basename(path));
}

function makeAndRemove(sb: AufsSuperblock, { mount, dentry }: VfsPath, name: string): number {
  if (mount.sb.remote) return -errno.EINVAL;
  const writable = mayWriteMount(mount);
  if (writable < 0) return writable;
  const cred = sb.kernelCredentials;
  const file = lookupChild(cred, dentry, name);
  if (typeof file === 'number') return file;
  const dir = positive(dentry);
  return vfsCreate(cred, dir, file, S_IFREG | 0o666) || vfsUnlink(cred, dir, file);
}

/** All branches have the root. */
function makeRoot(sb: AufsSuperblock): Dentry {
  const parts = sb.branches.map((branch) => new Part(branch, branch.root));
  const [top] = parts;
  if (top === undefined) throw new Error('a union has a branch');
  const inode = sb.newInode(rootIno, positive(top.dentry));
  inode.parts = parts;
  for (const part of parts) sb.enter(inode, part);
  inode.copyAttributes();
  return rootDentry(inode);
}

/** Adds branches to a union that is mounted; directories that are in use get what these have of them. */
export function appendBranches(sb: AufsSuperblock, context: FsContext, { branches }: ParsedOptions): number {
  const before = sb.branches.length;
  for (const branch of branches) {
    const added = addBranch(sb, context, branch, 'remount');
    if (added < 0) return added;
  }
  if (sb.branches.length === before) return 0;
  const root = aufsInode(sb.root);
  for (const branch of sb.branches.slice(before)) root.addPart(new Part(branch, branch.root));
  root.copyAttributes();
  refreshBelow(sb, sb.root);
  return 0;
}

function refreshBelow(sb: AufsSuperblock, directory: Dentry): void {
  const { parts: above } = aufsInode(directory);
  for (const child of directory.children?.values() ?? []) {
    const inode = aufsInode(child);
    if (!inode.isDirectory) continue;
    const parts = findParts(sb.kernelCredentials, sb, above, child.name);
    if (typeof parts === 'number' || parts.length === 0) continue;
    inode.parts = parts;
    for (const part of parts) sb.enter(inode, part);
    inode.copyAttributes();
    refreshBelow(sb, child);
  }
}
