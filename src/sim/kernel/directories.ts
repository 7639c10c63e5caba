import { errno } from '../../host/errno.ts';
import { AT_FDCWD } from '../../host/constants.ts';
import type { Dirent } from '../../host/stat.ts';
import { touchAtime } from '../vfs/atime.ts';
import { CAP_SYS_CHROOT, nsCapable } from '../vfs/credentials.ts';
import { iterateDir } from '../vfs/file.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../vfs/lookup.ts';
import type { DirContext } from '../vfs/open-file.ts';
import { inodePermission, MAY_CHDIR, MAY_EXEC } from '../vfs/permission.ts';
import { pathFrom } from './path-text.ts';
import type { Process } from './process.ts';
import { Walk } from './walk.ts';

/** System calls on directories, and on where a process stands (fs/readdir.c, fs/open.c, fs/d_path.c). */

/** Bytes of an entry besides its name, which ends with a NUL; entries are padded to eight bytes. */
const entryHead = 19;

class DirentBuffer implements DirContext {
  pos: number;
  readonly entries: { name: string; type: number; ino: bigint; off: bigint }[] = [];
  #left: number;
  /** An entry came that the empty buffer was too small for. */
  tooSmall = false;

  constructor(pos: number, size: number) {
    this.pos = pos;
    this.#left = size;
  }

  emit(name: string, ino: number | bigint, type: number): boolean {
    const last = this.entries.at(-1);
    const size = (entryHead + name.length + 1 + 7) & ~7;
    if (size > this.#left) {
      this.tooSmall = true;
      return false;
    }
    if (last !== undefined) last.off = BigInt(this.pos);
    this.#left -= size;
    this.entries.push({ name, type, ino: BigInt(ino), off: 0n });
    return true;
  }
}

/** getdents64(2). */
export function getdents64(process: Process, fd: number, size: number): readonly Dirent[] | number {
  const file = process.descriptors.get(fd);
  if (file === undefined) return -errno.EBADF;
  const buffer = new DirentBuffer(file.pos, size);
  const answer = iterateDir(file, buffer);
  if (answer === -errno.ENOTDIR || answer === -errno.ENOENT) return answer;
  file.pos = buffer.pos;
  touchAtime(file);
  const last = buffer.entries.at(-1);
  if (last !== undefined) last.off = BigInt(buffer.pos);
  else if (answer < 0 || buffer.tooSmall) return answer < 0 ? answer : -errno.EINVAL;
  return buffer.entries;
}

/** getcwd(2): ENOENT once the directory was removed; `(unreachable)` in front where it is not below the root. */
export function getcwd(process: Process): string | number {
  const { cwd, root } = process;
  if (cwd.dentry.unlinked) return -errno.ENOENT;
  const path = pathFrom(cwd, root);
  const text = path.reached ? path.text : `(unreachable)${path.text}`;
  return text.length >= 4096 ? -errno.ENAMETOOLONG : text;
}

export function chdir(process: Process, path: string): number {
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  if (answer < 0) return answer;
  const allowed = inodePermission(process.cred, walk.inode, MAY_EXEC | MAY_CHDIR);
  if (allowed < 0) return allowed;
  process.moveCwd(walk.path());
  return 0;
}

export function fchdir(process: Process, fd: number): number {
  const file = process.descriptors.getRaw(fd);
  if (file === undefined) return -errno.EBADF;
  if (!file.inode.isDirectory) return -errno.ENOTDIR;
  const allowed = inodePermission(process.cred, file.inode, MAY_EXEC | MAY_CHDIR);
  if (allowed < 0) return allowed;
  process.moveCwd(file);
  return 0;
}

export function chroot(process: Process, path: string): number {
  const walk = new Walk(process);
  const answer = walk.lookup(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  if (answer < 0) return answer;
  const allowed = inodePermission(process.cred, walk.inode, MAY_EXEC | MAY_CHDIR);
  if (allowed < 0) return allowed;
  if (!nsCapable(process.cred, process.cred.userNamespace, CAP_SYS_CHROOT)) return -errno.EPERM;
  process.moveRoot(walk.path());
  return 0;
}
