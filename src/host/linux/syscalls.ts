import { AT_EACCESS } from '../constants.ts';
import { errno } from '../errno.ts';
import type { Dirent, StatBuffer, Statfs } from '../stat.ts';
import type { Syscalls } from '../syscalls.ts';
import { handleSize, statfsSlots, StatfsSlot, type Binding } from './binding.ts';
import { DirentBuffer } from './dirents.ts';
import { fchmodatByDescriptor } from './descriptor-path.ts';
import { messagesFrom } from './messages.ts';
import { xattrCalls } from './xattrs.ts';

/**
 * The system calls of the running kernel. Most are the addon's functions themselves; the rest turns the structures that
 * the kernel writes into values, and answers for kernels that lack a call what a newer one would.
 *
 * Which of it belongs to whom: working directory, root and umask to the whole process; ids (setresuid, setresgid,
 * setgroups) and namespaces (unshare) to the calling thread alone, so that node:fs's thread pool keeps those it had. Node
 * caches `process.cwd()`; after chdir ask getcwd.
 */
export function linuxSyscalls(binding: Binding): Syscalls {
  return {
    ...binding,
    ...structureCalls(binding),
    ...xattrCalls(binding),
    faccessat2: (dirfd, path, mode, flags) => faccessat2(binding, dirfd, path, mode, flags),
    fchmodat: (dirfd, path, mode, flags) => fchmodat(binding, dirfd, path, mode, flags),
    setgroups: (groups) => binding.setgroups(new Uint8Array(Uint32Array.from(groups).buffer)),
  };
}

type StructureCall = 'fstatat' | 'statfs' | 'fstatfs' | 'getdents64' | 'name_to_handle_at' | 'fsmessages';

function structureCalls(binding: Binding): Pick<Syscalls, StructureCall> {
  const statfsOut = new Float64Array(statfsSlots);
  return {
    fstatat(dirfd: number, path: string, out: StatBuffer, flags: number): number {
      return binding.fstatat(dirfd, path, out.numbers, flags);
    },
    statfs(path: string): Statfs | number {
      const answer = binding.statfs(path, statfsOut);
      return answer < 0 ? answer : statfsFrom(statfsOut);
    },
    fstatfs(fd: number): Statfs | number {
      const answer = binding.fstatfs(fd, statfsOut);
      return answer < 0 ? answer : statfsFrom(statfsOut);
    },
    getdents64: direntReader(binding),
    name_to_handle_at(dirfd: number, path: string, flags: number): Uint8Array | number {
      const handle = new Uint8Array(handleSize);
      const answer = binding.name_to_handle_at(dirfd, path, handle, flags);
      return answer < 0 ? answer : handleFrom(handle);
    },
    fsmessages: (fd: number) => messagesFrom(binding, fd),
  };
}

function statfsFrom(numbers: Float64Array): Statfs {
  const words = new BigUint64Array(numbers.buffer);
  return {
    type: numbers[StatfsSlot.type] ?? 0,
    bsize: numbers[StatfsSlot.bsize] ?? 0,
    blocks: numbers[StatfsSlot.blocks] ?? 0,
    bfree: numbers[StatfsSlot.bfree] ?? 0,
    bavail: numbers[StatfsSlot.bavail] ?? 0,
    files: numbers[StatfsSlot.files] ?? 0,
    ffree: numbers[StatfsSlot.ffree] ?? 0,
    fsid: words[StatfsSlot.fsid] ?? 0n,
    namelen: numbers[StatfsSlot.namelen] ?? 0,
    frsize: numbers[StatfsSlot.frsize] ?? 0,
    flags: numbers[StatfsSlot.flags] ?? 0,
  };
}

/** getdents64 into one buffer, kept between calls, that grows to the largest size asked for. */
function direntReader(binding: Binding): (fd: number, size: number) => readonly Dirent[] | number {
  let buffer = new DirentBuffer(32768);
  return (fd, size) => {
    if (buffer.bytes.length < size) buffer = new DirentBuffer(Math.ceil(size / 8) * 8);
    const { bytes } = buffer;
    const length = binding.getdents64(fd, bytes.length === size ? bytes : bytes.subarray(0, size));
    return length < 0 ? length : buffer.records(length);
  };
}

/** struct file_handle is the number of bytes, the type, the bytes. */
function handleFrom(handle: Uint8Array): Uint8Array {
  const view = new DataView(handle.buffer);
  const length = view.getUint32(0, true);
  return handle.slice(7, 8 + length).fill(view.getInt32(4, true) & 0xff, 0, 1);
}

/** Before Linux 5.8 access is checked with the real ids and following symlinks only; other wishes stay ENOSYS. */
function faccessat2(binding: Binding, dirfd: number, path: string, mode: number, flags: number): number {
  const answer = binding.faccessat2(dirfd, path, mode, flags);
  if (answer !== -errno.ENOSYS) return answer;
  const sameIds = binding.getuid() === binding.geteuid() && binding.getgid() === binding.getegid();
  const plain = flags === 0 || (flags === AT_EACCESS && sameIds);
  return plain ? binding.faccessat(dirfd, path, mode) : answer;
}

function fchmodat(binding: Binding, dirfd: number, path: string, mode: number, flags: number): number {
  if (flags === 0) return binding.fchmodat(dirfd, path, mode);
  const answer = binding.fchmodat2(dirfd, path, mode, flags);
  return answer === -errno.ENOSYS ? fchmodatByDescriptor(binding, dirfd, path, mode, flags) : answer;
}
