import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, XATTR_LIST_MAX, XATTR_SIZE_MAX } from '../constants.ts';
import { errno } from '../errno.ts';
import type { Syscalls } from '../syscalls.ts';
import type { Binding } from './binding.ts';
import { byDescriptor, descriptorPath } from './descriptor-path.ts';

type XattrCall = 'getxattrat' | 'fgetxattr' | 'setxattrat' | 'listxattrat' | 'flistxattr' | 'removexattrat';

/** Most values and lists fit into so many bytes; a larger buffer would be allocated and cleared by the kernel each time. */
const usualSize = 1024;

/** The calls on extended attributes that answer bytes of any length, or that old kernels lack. */
export function xattrCalls(binding: Binding): Pick<Syscalls, XattrCall> {
  const usualValue = new Uint8Array(usualSize);
  const anyValue = new Uint8Array(XATTR_SIZE_MAX);
  const usualList = Buffer.alloc(usualSize);
  const anyList = Buffer.alloc(XATTR_LIST_MAX);

  return {
    getxattrat(dirfd, path, flags, name) {
      const length = get(binding, dirfd, path, flags, name, usualValue);
      if (length !== -errno.ERANGE) return valueFrom(usualValue, length);
      return valueFrom(anyValue, get(binding, dirfd, path, flags, name, anyValue));
    },
    fgetxattr(fd, name) {
      const length = binding.fgetxattr(fd, name, usualValue);
      if (length !== -errno.ERANGE) return valueFrom(usualValue, length);
      return valueFrom(anyValue, binding.fgetxattr(fd, name, anyValue));
    },
    setxattrat(dirfd, path, flags, name, value, xattrFlags) {
      return set(binding, dirfd, path, flags, name, value, xattrFlags);
    },
    listxattrat(dirfd, path, flags) {
      const length = list(binding, dirfd, path, flags, usualList);
      if (length !== -errno.ERANGE) return namesFrom(usualList, length);
      return namesFrom(anyList, list(binding, dirfd, path, flags, anyList));
    },
    flistxattr(fd) {
      const length = binding.flistxattr(fd, usualList);
      if (length !== -errno.ERANGE) return namesFrom(usualList, length);
      return namesFrom(anyList, binding.flistxattr(fd, anyList));
    },
    removexattrat(dirfd, path, flags, name) {
      return remove(binding, dirfd, path, flags, name);
    },
  };
}

function valueFrom(buffer: Uint8Array, length: number): Uint8Array | number {
  return length < 0 ? length : buffer.slice(0, length);
}

/** A list is names, each with a final NUL. */
function namesFrom(buffer: Buffer, length: number): readonly string[] | number {
  if (length <= 0) return length === 0 ? [] : length;
  return buffer.toString('latin1', 0, length - 1).split('\0');
}

/**
 * Which of the kernel's calls does it. The classic ones take paths alone; below a directory there are the `*xattrat`
 * calls, and where these are missing (before Linux 6.13) the classic ones on a name in /proc.
 */
type Form = 'follow' | 'noFollow' | 'descriptor' | 'at';

function formFor(dirfd: number, path: string, flags: number): Form {
  if (dirfd === AT_FDCWD && flags === AT_SYMLINK_NOFOLLOW) return 'noFollow';
  if (dirfd === AT_FDCWD && flags === 0) return 'follow';
  return path === '' && (flags & AT_EMPTY_PATH) !== 0 && dirfd >= 0 ? 'descriptor' : 'at';
}

function get(binding: Binding, dirfd: number, path: string, flags: number, name: string, value: Uint8Array): number {
  switch (formFor(dirfd, path, flags)) {
    case 'follow':
      return binding.getxattr(path, name, value);
    case 'noFollow':
      return binding.lgetxattr(path, name, value);
    case 'descriptor': {
      const answer = binding.fgetxattr(dirfd, name, value);
      return answer === -errno.EBADF ? ofPathOnly(binding.getxattr(descriptorPath(dirfd), name, value)) : answer;
    }
    case 'at': {
      const answer = binding.getxattrat(dirfd, path, flags, name, value);
      if (answer !== -errno.ENOSYS) return answer;
      return byDescriptor(binding, dirfd, path, flags, (procPath) => binding.getxattr(procPath, name, value));
    }
  }
}

function set(
  binding: Binding,
  dirfd: number,
  path: string,
  flags: number,
  name: string,
  value: Uint8Array,
  how: number,
): number {
  switch (formFor(dirfd, path, flags)) {
    case 'follow':
      return binding.setxattr(path, name, value, how);
    case 'noFollow':
      return binding.lsetxattr(path, name, value, how);
    case 'descriptor': {
      const answer = binding.fsetxattr(dirfd, name, value, how);
      return answer === -errno.EBADF ? ofPathOnly(binding.setxattr(descriptorPath(dirfd), name, value, how)) : answer;
    }
    case 'at': {
      const answer = binding.setxattrat(dirfd, path, flags, name, value, how);
      if (answer !== -errno.ENOSYS) return answer;
      return byDescriptor(binding, dirfd, path, flags, (procPath) => binding.setxattr(procPath, name, value, how));
    }
  }
}

function list(binding: Binding, dirfd: number, path: string, flags: number, names: Uint8Array): number {
  switch (formFor(dirfd, path, flags)) {
    case 'follow':
      return binding.listxattr(path, names);
    case 'noFollow':
      return binding.llistxattr(path, names);
    case 'descriptor': {
      const answer = binding.flistxattr(dirfd, names);
      return answer === -errno.EBADF ? ofPathOnly(binding.listxattr(descriptorPath(dirfd), names)) : answer;
    }
    case 'at': {
      const answer = binding.listxattrat(dirfd, path, flags, names);
      if (answer !== -errno.ENOSYS) return answer;
      return byDescriptor(binding, dirfd, path, flags, (procPath) => binding.listxattr(procPath, names));
    }
  }
}

function remove(binding: Binding, dirfd: number, path: string, flags: number, name: string): number {
  switch (formFor(dirfd, path, flags)) {
    case 'follow':
      return binding.removexattr(path, name);
    case 'noFollow':
      return binding.lremovexattr(path, name);
    case 'descriptor': {
      const answer = binding.fremovexattr(dirfd, name);
      return answer === -errno.EBADF ? ofPathOnly(binding.removexattr(descriptorPath(dirfd), name)) : answer;
    }
    case 'at': {
      const answer = binding.removexattrat(dirfd, path, flags, name);
      if (answer !== -errno.ENOSYS) return answer;
      return byDescriptor(binding, dirfd, path, flags, (procPath) => binding.removexattr(procPath, name));
    }
  }
}

/**
 * The answer for a descriptor that refused with EBADF, by its name in /proc: one of O_PATH has such a name, a closed one
 * does not.
 */
function ofPathOnly(answer: number): number {
  return answer === -errno.ENOENT ? -errno.EBADF : answer;
}
