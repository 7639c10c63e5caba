import type { Dir, Name, Timestamp } from '../../../host/index.ts';
import type { Below } from './below.ts';
import { attributesOfDescriptor, type Report } from './attributes.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { Target } from './target.ts';

/**
 * What can only be done when nothing more changes: the times of directories, which every new child would have moved, and the modes
 * that would have kept an ordinary user from making one.
 */
export function finishDirectories(target: Target): void {
  const { fs, root, tree } = target;
  finishBelow(root, tree);
  const { mode, times } = tree;
  if (mode !== undefined) fs.fchmod(root.fd, mode);
  if (times === undefined || (times.atime === 'omit' && sameTime(root.stat().mtime, times.mtime))) return;
  fs.futimens(root.fd, times.atime, times.mtime);
}

function finishBelow(dir: Dir, node: DirectoryNode): void {
  for (const child of node.directories.values()) {
    if (!child.present) continue;
    if (child.directories.size > 0) {
      const below = dir.openDir(child.name);
      try {
        finishBelow(below, child);
      } finally {
        below.close();
      }
    }
    if (child.mode !== undefined) dir.chmod(child.name, child.mode);
    if (child.times !== undefined) setTimes(dir, child.name, child.times);
  }
}

/** A time that is right is left alone: through a mount, setting it would copy the directory up. */
function setTimes(dir: Dir, name: Name, { atime, mtime }: NonNullable<DirectoryNode['times']>): void {
  if (atime === 'omit' && sameTime(dir.lstat(name).mtime, mtime)) return;
  dir.lutimens(name, atime, mtime);
}

function sameTime(a: Timestamp, b: Timestamp): boolean {
  return a.sec === b.sec && a.nsec === b.nsec;
}

/** The root of the view is the topmost layer's, so that a layer without a member for it takes over the one below (B0). */
export function inheritRoot(target: Target, below: Below, report: Report): void {
  const { fs } = target;
  const lower = below.stack?.rootDir();
  if (lower === undefined || target.tree.origin !== 'inherited') return;
  const stat = lower.stat();
  target.describe(target.tree, attributesOfDescriptor(fs, lower.fd, stat), report);
  target.tree.times = { atime: stat.atime, mtime: stat.mtime };
}
