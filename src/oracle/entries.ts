import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../host/constants.ts';
import type { Dirent } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';

/** The size of the buffer for one getdents64(2), in bytes, that all traces were recorded with. */
export const direntsSize = 32768;

/** All entries of a directory but `.` and `..`, in the kernel's order; or the negative errno. */
export function directoryEntries(calls: Syscalls, path: string): readonly Dirent[] | number {
  const fd = openDirectory(calls, AT_FDCWD, path);
  if (fd < 0) return fd;
  try {
    return readEntries(calls, fd);
  } finally {
    calls.close(fd);
  }
}

/**
 * The names of a directory as readdir(3) shows them, sorted: without those whose inode number is 0, and none where the
 * directory itself has been removed. Or the negative errno.
 */
export function directoryNames(calls: Syscalls, path: string): readonly string[] | number {
  const entries = directoryEntries(calls, path);
  return typeof entries === 'number' ? entries : sortedNames(entries);
}

/** Opens a directory, to be read and to find its entries by. */
export function openDirectory(calls: Syscalls, dirfd: number, path: string): number {
  return calls.openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/** What directoryNames answers, of a directory that is open. */
export function readNames(calls: Syscalls, fd: number): readonly string[] | number {
  const entries = readEntries(calls, fd);
  return typeof entries === 'number' ? entries : sortedNames(entries);
}

function readEntries(calls: Syscalls, fd: number): readonly Dirent[] | number {
  const entries: Dirent[] = [];
  for (;;) {
    const chunk = calls.getdents64(fd, direntsSize);
    if (typeof chunk === 'number') return chunk;
    if (chunk.length === 0) return entries;
    for (const entry of chunk) if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
  }
}

function sortedNames(entries: readonly Dirent[]): readonly string[] {
  const names: string[] = [];
  for (const { name, ino } of entries) if (ino !== 0n) names.push(name);
  return names.sort();
}
