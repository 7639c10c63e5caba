import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_DIRECTORY, O_RDONLY, SEEK_SET } from '../host/constants.ts';
import { errno } from '../host/errno.ts';
import { statBuffer, StatSlot, type Dirent } from '../host/stat.ts';
import { directoryEntries, direntsSize } from './entries.ts';
import { entryTypeName } from './names.ts';
import { done, failure, statusOf, type Answer } from './outcome.ts';
import type { DirectoryHandle, Process } from './process.ts';
import type { OpRecord } from './records.ts';
import type { Json } from './schema.ts';
import type { Session } from './session.ts';
import { slot } from './stat-result.ts';

type DirectoryOp = Extract<OpRecord, { op: 'readdir' | 'opendir' | 'readent' | 'rewinddir' | 'closedir' }>;

const stat = statBuffer();

/** Runs an operation that reads a directory. */
export function runDirectoryOp(session: Session, process: Process, record: DirectoryOp): Answer {
  switch (record.op) {
    case 'readdir':
      return readWhole(session, process, session.pathOf(record.path));
    case 'opendir':
      return open(process, session.pathOf(record.path));
    case 'closedir':
      return close(process, record.dh);
    case 'rewinddir':
      return withHandle(process, record.dh, (handle) => {
        handle.pending = [];
        const answer = process.calls.lseek(process.descriptors.kernel(handle.fd), 0, SEEK_SET);
        return answer < 0 ? failure(answer) : done;
      });
    case 'readent':
      return withHandle(process, record.dh, (handle) => readOne(session, process, handle, nameIn(record.r)));
  }
}

/** All entries of a directory, sorted by name. */
function readWhole(session: Session, { calls }: Process, path: string): Answer {
  const entries = directoryEntries(calls, path);
  if (typeof entries === 'number') return failure(entries);
  const device = calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : slot(stat, StatSlot.dev);
  const sorted = [...entries].sort((one, other) => (one.name < other.name ? -1 : 1));
  return { r: sorted.map((entry) => entryResult(session, device, entry)) };
}

/** Name, type, and the class of the inode number where that persists; null where the number is 0. */
function entryResult({ identity }: Session, device: number, { name, type, ino }: Dirent): Json {
  const inode = identity.entry(device, ino);
  return inode === undefined ? [name, entryTypeName(type)] : [name, entryTypeName(type), inode];
}

function open(process: Process, path: string): Answer {
  const kernel = process.calls.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
  if (kernel < 0) return failure(kernel);
  const fd = process.descriptors.add(kernel);
  const handle = process.freeDirectory();
  process.directories.set(handle, { fd, pending: [] });
  return { r: handle, fd };
}

function close(process: Process, number: number): Answer {
  return withHandle(process, number, ({ fd }) => {
    process.directories.delete(number);
    const answer = process.calls.close(process.descriptors.kernel(fd));
    if (answer === 0) process.descriptors.remove(fd);
    return statusOf(answer);
  });
}

/** A handle that is not open never reaches the kernel: what the C library does then is undefined. */
function withHandle(process: Process, number: number, use: (handle: DirectoryHandle) => Answer): Answer {
  const handle = process.directories.get(number);
  return handle === undefined ? failure(-errno.EBADF) : use(handle);
}

/**
 * The next entry, or null at the end. Between two refills the order of entries is the filesystem's own affair, so the
 * entry that the trace tells next is preferred to the first.
 */
function readOne(session: Session, process: Process, handle: DirectoryHandle, expected: string | undefined): Answer {
  const fd = process.descriptors.kernel(handle.fd);
  if (handle.pending.length === 0) {
    const refill = process.calls.getdents64(fd, direntsSize);
    if (typeof refill === 'number') return failure(refill);
    handle.pending = refill;
  }
  const next = handle.pending.find(({ name }) => name === expected) ?? handle.pending[0];
  if (next === undefined) return { r: null };
  handle.pending = handle.pending.filter((entry) => entry !== next);
  const device = process.calls.fstatat(fd, '', stat, AT_EMPTY_PATH) < 0 ? -1 : slot(stat, StatSlot.dev);
  return { r: entryResult(session, device, next) };
}

function nameIn(expected: Json | undefined): string | undefined {
  const name: unknown = Array.isArray(expected) ? expected[0] : undefined;
  return typeof name === 'string' ? name : undefined;
}
