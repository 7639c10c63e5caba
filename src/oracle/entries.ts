import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../host/constants.ts';
import type { Dirent } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';

/** The size of the buffer for one getdents64(2), in bytes, that all traces were recorded with. */
export const direntsSize = 32768;

/** All entries of a directory but `.` and `..`, in the kernel's order; or the negative errno. */
export function directoryEntries(calls: Syscalls, path: string): readonly Dirent[] | number {
  const fd = calls.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  try {
    return entriesOf(calls, fd);
  } finally {
    calls.close(fd);
  }
}

function entriesOf(calls: Syscalls, fd: number): readonly Dirent[] | number {
  const entries: Dirent[] = [];
  for (;;) {
    const chunk = calls.getdents64(fd, direntsSize);
    if (typeof chunk === 'number') return chunk;
    if (chunk.length === 0) return entries;
    for (const entry of chunk) if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
  }
}

/**
 * The names of a directory as readdir(3) shows them, sorted: without those whose inode number is 0, and none where the
 * directory itself has been removed. Or the negative errno.
 */
export function directoryNames(calls: Syscalls, path: string): readonly string[] | number {
  const entries = directoryEntries(calls, path);
  if (typeof entries === 'number') return entries;
  return entries
    .filter(({ ino }) => ino !== 0n)
    .map(({ name }) => name)
    .sort();
}
