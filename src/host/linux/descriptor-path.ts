import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_NOFOLLOW, O_PATH, S_IFLNK, S_IFMT } from '../constants.ts';
import { errno } from '../errno.ts';
import { statBuffer, StatSlot } from '../stat.ts';
import type { Binding } from './binding.ts';

/** The name under which any descriptor's file, a symlink too, can be reached by calls that take only paths. */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/**
 * Makes a call that has no `*at` form, or whose form the kernel is too old for, on what `path` below `dirfd` names:
 * opens that with O_PATH and calls with its name in /proc.
 */
export function byDescriptor(
  binding: Binding,
  dirfd: number,
  path: string,
  flags: number,
  call: (path: string, fd: number) => number,
): number {
  const known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if ((flags & ~known) !== 0) return -errno.EINVAL;
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0 && dirfd >= 0) return call(descriptorPath(dirfd), dirfd);
  const name = path === '' && (flags & AT_EMPTY_PATH) !== 0 ? '.' : path;
  const noFollow = (flags & AT_SYMLINK_NOFOLLOW) === 0 ? 0 : O_NOFOLLOW;
  const fd = binding.openat(dirfd, name, O_PATH | O_CLOEXEC | noFollow, 0);
  if (fd < 0) return fd;
  try {
    return call(descriptorPath(fd), fd);
  } finally {
    binding.close(fd);
  }
}

/** fchmodat2(2) for kernels before 6.6. */
export function fchmodatByDescriptor(
  binding: Binding,
  dirfd: number,
  path: string,
  mode: number,
  flags: number,
): number {
  return byDescriptor(binding, dirfd, path, flags, (procPath, fd) => {
    const out = statBuffer();
    const answer = binding.fstatat(fd, '', out.numbers, AT_EMPTY_PATH);
    if (answer < 0) return answer;
    const type = (out.numbers[StatSlot.mode] ?? 0) & S_IFMT;
    // Some filesystems of old kernels change the mode of a symlink, and some change it and still answer an error.
    return type === S_IFLNK ? -errno.EOPNOTSUPP : binding.fchmodat(-1, procPath, mode);
  });
}
