import { errno } from '../../host/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, XATTR_LIST_MAX } from '../../host/constants.ts';
import type { VfsPath } from '../vfs/mount.ts';
import { mayWriteMount } from '../vfs/permission.ts';
import {
  checkXattrName,
  checkXattrValue,
  vfsGetxattr,
  vfsListxattr,
  vfsRemovexattr,
  vfsSetxattr,
} from '../vfs/xattr.ts';
import type { Process } from './process.ts';
import { lookupOf } from './stat.ts';
import { Walk } from './walk.ts';

/** System calls on extended attributes (fs/xattr.c). */

/** What is to be set. */
export interface XattrChange {
  readonly name: string;
  readonly value: Uint8Array;
  /** XATTR_CREATE, XATTR_REPLACE. */
  readonly flags: number;
}

export function getxattrat(
  process: Process,
  dirfd: number,
  path: string,
  flags: number,
  name: string,
): Uint8Array | number {
  const unknown = checkFlags(flags);
  const named = unknown < 0 ? unknown : checkXattrName(name);
  if (named < 0) return named;
  const place = find(process, dirfd, path, flags);
  return typeof place === 'number' ? place : getFrom(process, place, name);
}

export function fgetxattr(process: Process, fd: number, name: string): Uint8Array | number {
  const named = checkXattrName(name);
  if (named < 0) return named;
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : getFrom(process, file, name);
}

function getFrom(process: Process, { dentry }: VfsPath, name: string): Uint8Array | number {
  const value = vfsGetxattr(process.cred, dentry, name);
  return typeof value === 'number' ? value : value.slice();
}

export function setxattrat(process: Process, dirfd: number, path: string, flags: number, change: XattrChange): number {
  const unknown = checkFlags(flags);
  const checked = unknown < 0 ? unknown : checkChange(change);
  if (checked < 0) return checked;
  const place = find(process, dirfd, path, flags);
  return typeof place === 'number' ? place : setOn(process, place, change);
}

export function fsetxattr(process: Process, fd: number, change: XattrChange): number {
  const checked = checkChange(change);
  if (checked < 0) return checked;
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : setOn(process, file, change);
}

function checkChange({ name, value, flags }: XattrChange): number {
  if ((flags & ~3) !== 0) return -errno.EINVAL;
  const named = checkXattrName(name);
  return named < 0 ? named : checkXattrValue(value, flags);
}

function setOn(process: Process, { mount, dentry }: VfsPath, { name, value, flags }: XattrChange): number {
  const readOnly = mayWriteMount(mount);
  return readOnly < 0 ? readOnly : vfsSetxattr(process.cred, dentry, name, value, flags);
}

export function listxattrat(process: Process, dirfd: number, path: string, flags: number): readonly string[] | number {
  const unknown = checkFlags(flags);
  if (unknown < 0) return unknown;
  const place = findBelow(process, dirfd, path, flags);
  return typeof place === 'number' ? place : listOf(process, place);
}

export function flistxattr(process: Process, fd: number): readonly string[] | number {
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : listOf(process, file);
}

function listOf(process: Process, { dentry }: VfsPath): readonly string[] | number {
  const names = vfsListxattr(process.cred, dentry);
  if (typeof names === 'number') return names;
  const size = names.reduce((bytes, name) => bytes + name.length + 1, 0);
  return size > XATTR_LIST_MAX ? -errno.E2BIG : names;
}

export function removexattrat(process: Process, dirfd: number, path: string, flags: number, name: string): number {
  const unknown = checkFlags(flags);
  const named = unknown < 0 ? unknown : checkXattrName(name);
  if (named < 0) return named;
  const place = findBelow(process, dirfd, path, flags);
  return typeof place === 'number' ? place : removeFrom(process, place, name);
}

export function fremovexattr(process: Process, fd: number, name: string): number {
  const named = checkXattrName(name);
  if (named < 0) return named;
  const file = process.descriptors.get(fd);
  return file === undefined ? -errno.EBADF : removeFrom(process, file, name);
}

function removeFrom(process: Process, { mount, dentry }: VfsPath, name: string): number {
  const readOnly = mayWriteMount(mount);
  return readOnly < 0 ? readOnly : vfsRemovexattr(process.cred, dentry, name);
}

function checkFlags(flags: number): number {
  return (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0 ? -errno.EINVAL : 0;
}

/** The empty path with AT_FDCWD: listxattrat and removexattrat do not take it for the working directory. */
function findBelow(process: Process, dirfd: number, path: string, flags: number): VfsPath | number {
  if (path === '' && dirfd === AT_FDCWD && (flags & AT_EMPTY_PATH) !== 0) return -errno.EBADF;
  return find(process, dirfd, path, flags);
}

/** The empty path with AT_EMPTY_PATH is the descriptor itself, O_PATH included. */
function find(process: Process, dirfd: number, path: string, flags: number): VfsPath | number {
  const walk = new Walk(process);
  const answer = walk.lookup(dirfd, path, lookupOf(flags));
  return answer < 0 ? answer : walk;
}
