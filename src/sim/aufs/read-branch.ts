import { errno } from '../../host/errno.ts';
import { O_DIRECTORY, O_NOATIME, O_RDONLY } from '../../host/constants.ts';
import { touchAtime } from '../vfs/atime.ts';
import type { Credentials } from '../vfs/credentials.ts';
import { closeFile, iterateDir, openPath } from '../vfs/file.ts';
import { positive, type VfsPath } from '../vfs/mount.ts';
import type { DirContext, OpenFile } from '../vfs/open-file.ts';
import { inodePermission, MAY_OPEN, MAY_READ } from '../vfs/permission.ts';
import type { AufsInode } from './aufs-inode.ts';
import type { AufsSuperblock } from './aufs-superblock.ts';
import type { Part } from './branch.ts';
import { isReserved, whiteoutPrefix } from './names.ts';

/** An entry of a branch's directory. */
export interface BranchEntry {
  readonly name: string;
  /** The branch's own number. */
  readonly ino: number | bigint;
  /** DT_*. */
  readonly type: number;
}

/** Opens a branch's directory for reading; only on a branch that is written to its access time changes. */
export function openBranchDirectory(cred: Credentials, part: Part): OpenFile | number {
  const allowed = inodePermission(cred, positive(part.dentry), MAY_READ | MAY_OPEN);
  if (allowed < 0) return allowed;
  const noAtime = part.branch.writable ? 0 : O_NOATIME;
  return openPath(cred, part, O_RDONLY | O_DIRECTORY | noAtime);
}

/** All entries from the beginning, `.` and `..` among them, in the branch's order. */
export function readOpen(file: OpenFile): readonly BranchEntry[] | number {
  const rewound = file.ops.llseek(file, 0, 0);
  if (rewound < 0) return rewound;
  const entries: BranchEntry[] = [];
  const context: DirContext = {
    pos: 0,
    emit: (name, ino, type) => entries.push({ name, ino, type }) > 0,
  };
  for (let before = -1; before < entries.length;) {
    before = entries.length;
    const answer = iterateDir(file, context);
    if (answer < 0) return answer;
  }
  if ((file.flags & O_NOATIME) === 0) touchAtime(file);
  return entries;
}

/** The names in a branch's directory without `.` and `..`, read as the kernel. */
export function readNames(sb: AufsSuperblock, path: VfsPath): readonly string[] | number {
  const file = openPath(sb.kernelCredentials, path, O_RDONLY | O_DIRECTORY | O_NOATIME);
  if (typeof file === 'number') return file;
  const entries = readOpen(file);
  closeFile(file);
  if (typeof entries === 'number') return entries;
  return entries.map(({ name }) => name).filter((name) => name !== '.' && name !== '..');
}

/**
 * ENOTEMPTY where a directory shows any name. `topmost`: whether names on the topmost branch count, or only what is hidden there
 * (au_test_empty, au_test_empty_lower).
 */
export function checkEmpty(inode: AufsInode, topmost: 'counts' | 'only hides'): number {
  const hidden = new Set<string>();
  for (const [index, part] of inode.parts.entries()) {
    const names = readNames(inode.sb, part);
    if (typeof names === 'number') return names;
    for (const name of names) {
      if (isReserved(name)) hidden.add(name.slice(whiteoutPrefix.length));
      else if ((index > 0 || topmost === 'counts') && !hidden.has(name)) return -errno.ENOTEMPTY;
    }
  }
  return 0;
}
