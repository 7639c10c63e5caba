import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, XATTR_LIST_MAX, XATTR_SIZE_MAX } from '../constants.ts';
import { errno } from '../errno.ts';
import type { Syscalls } from '../syscalls.ts';
import type { Binding } from './binding.ts';
import { byDescriptor, descriptorPath } from './descriptor-path.ts';

type XattrCall = 'getxattrat' | 'fgetxattr' | 'setxattrat' | 'listxattrat' | 'flistxattr' | 'removexattrat';

/** The forms in which the kernel has one call on extended attributes, with the other arguments already given. */
interface Forms {
  readonly follow: (path: string) => number;
  readonly noFollow: (path: string) => number;
  readonly descriptor: (fd: number) => number;
  readonly at: (dirfd: number, path: string, flags: number) => number;
}

/** The calls on extended attributes that take or answer bytes of any length, or that old kernels lack. */
export function xattrCalls(binding: Binding): Pick<Syscalls, XattrCall> {
  const sized = sizedReader();
  const choose = formChooser(binding);
  return {
    getxattrat: (dirfd, path, flags, name) =>
      sized.value((value) =>
        choose(dirfd, path, flags, {
          follow: (whole) => binding.getxattr(whole, name, value),
          noFollow: (whole) => binding.lgetxattr(whole, name, value),
          descriptor: (fd) => binding.fgetxattr(fd, name, value),
          at: (fd, below, atFlags) => binding.getxattrat(fd, below, atFlags, name, value),
        }),
      ),
    fgetxattr: (fd, name) => sized.value((value) => binding.fgetxattr(fd, name, value)),
    setxattrat: (dirfd, path, flags, name, value, xattrFlags) =>
      choose(dirfd, path, flags, {
        follow: (whole) => binding.setxattr(whole, name, value, xattrFlags),
        noFollow: (whole) => binding.lsetxattr(whole, name, value, xattrFlags),
        descriptor: (fd) => binding.fsetxattr(fd, name, value, xattrFlags),
        at: (fd, below, atFlags) => binding.setxattrat(fd, below, atFlags, name, value, xattrFlags),
      }),
    listxattrat: (dirfd, path, flags) =>
      sized.list((list) =>
        choose(dirfd, path, flags, {
          follow: (whole) => binding.listxattr(whole, list),
          noFollow: (whole) => binding.llistxattr(whole, list),
          descriptor: (fd) => binding.flistxattr(fd, list),
          at: (fd, below, atFlags) => binding.listxattrat(fd, below, atFlags, list),
        }),
      ),
    flistxattr: (fd) => sized.list((list) => binding.flistxattr(fd, list)),
    removexattrat: (dirfd, path, flags, name) =>
      choose(dirfd, path, flags, {
        follow: (whole) => binding.removexattr(whole, name),
        noFollow: (whole) => binding.lremovexattr(whole, name),
        descriptor: (fd) => binding.fremovexattr(fd, name),
        at: (fd, below, atFlags) => binding.removexattrat(fd, below, atFlags, name),
      }),
  };
}

/**
 * The oldest form that does it: the classic calls for paths, the `*xattrat` calls below a directory, and without these
 * (before Linux 6.13) the classic ones on /proc.
 */
function formChooser(binding: Binding): (dirfd: number, path: string, flags: number, forms: Forms) => number {
  let hasAtCalls = true;
  return (dirfd, path, flags, forms) => {
    if (flags === AT_SYMLINK_NOFOLLOW && dirfd === AT_FDCWD) return forms.noFollow(path);
    if (flags === 0 && dirfd === AT_FDCWD) return forms.follow(path);
    if ((flags & AT_EMPTY_PATH) !== 0 && path === '' && dirfd >= 0) return ofDescriptor(dirfd, forms);
    if (hasAtCalls) {
      const answer = forms.at(dirfd, path, flags);
      if (answer !== -errno.ENOSYS) return answer;
      hasAtCalls = false;
    }
    return byDescriptor(binding, dirfd, path, flags, forms.follow);
  };
}

/** The `f` calls and the `*xattrat` calls alike refuse a descriptor of O_PATH; its name in /proc is the way around. */
function ofDescriptor(fd: number, forms: Forms): number {
  const answer = forms.descriptor(fd);
  if (answer !== -errno.EBADF) return answer;
  const byName = forms.follow(descriptorPath(fd));
  return byName === -errno.ENOENT ? answer : byName;
}

/** Most values and lists fit into so many bytes; a larger buffer would be allocated and cleared by the kernel each time. */
const usualSize = 1024;

interface SizedReader {
  value(call: (buffer: Uint8Array) => number): Uint8Array | number;
  list(call: (buffer: Uint8Array) => number): readonly string[] | number;
}

/** Calls with a small buffer, and with the largest if that was too small (ERANGE). */
function sizedReader(): SizedReader {
  const usual = Buffer.alloc(usualSize);
  const most = Buffer.alloc(Math.max(XATTR_SIZE_MAX, XATTR_LIST_MAX));

  function read(call: (buffer: Uint8Array) => number): Buffer | number {
    const length = call(usual);
    if (length >= 0) return usual.subarray(0, length);
    if (length !== -errno.ERANGE) return length;
    const longer = call(most);
    return longer < 0 ? longer : most.subarray(0, longer);
  }

  return {
    value(call) {
      const bytes = read(call);
      return typeof bytes === 'number' ? bytes : new Uint8Array(bytes);
    },
    list(call) {
      const bytes = read(call);
      return typeof bytes === 'number' ? bytes : namesFrom(bytes);
    },
  };
}

/** A list is names, each with a final NUL. */
function namesFrom(list: Buffer): readonly string[] {
  return list.length === 0 ? [] : list.toString('latin1', 0, list.length - 1).split('\0');
}
