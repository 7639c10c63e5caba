import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
} from '../host/constants.ts';
import { errno } from '../host/errno.ts';
import { dirname, type Path } from '../host/path.ts';
import { isDirectory, makedev, statBuffer, StatSlot } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { bytesOfBlob } from './blob.ts';
import { directoryNames } from './entries.ts';
import { privateState, runMountOp } from './mount-op.ts';
import { fileTypeName, nodeTypeOf } from './names.ts';
import { done, failure, statusOf, type Answer } from './outcome.ts';
import type { HostRecord } from './records.ts';
import type { Session } from './session.ts';
import { isWhiteout, modeOf, slot } from './stat-result.ts';

const defaultDirectoryMode = 0o755;
const defaultFileMode = 0o644;

const stat = statBuffer();

/** Runs one operation outside of the traced filesystem, as root; modes are final. */
export function runHostOp(session: Session, record: HostRecord): Answer {
  const { calls } = session.host;
  switch (record.op) {
    case 'mkdir':
      return makeDirectory(calls, record.path, record.mode ?? defaultDirectoryMode);
    case 'file':
      return makeFile(calls, record.path, record.mode ?? defaultFileMode, bytesOfBlob(record.data));
    case 'symlink':
      return statusOf(calls.symlinkat(record.target, AT_FDCWD, record.path));
    case 'link':
      return statusOf(calls.linkat(AT_FDCWD, record.path, AT_FDCWD, record.to, 0));
    case 'mknod':
      return statusOf(
        calls.mknodat(AT_FDCWD, record.path, nodeTypeOf[record.kind] | record.mode, makedev(...record.rdev)),
      );
    case 'setxattr':
      return statusOf(
        calls.setxattrat(AT_FDCWD, record.path, AT_SYMLINK_NOFOLLOW, record.name, bytesOfBlob(record.value), 0),
      );
    case 'chown':
      return statusOf(calls.fchownat(AT_FDCWD, record.path, record.uid, record.gid, AT_SYMLINK_NOFOLLOW));
    case 'chmod':
      return statusOf(calls.fchmodat(AT_FDCWD, record.path, record.mode, 0));
    case 'truncate':
      return statusOf(calls.truncate(record.path, record.len));
    case 'mtime':
      return statusOf(calls.utimensat(AT_FDCWD, record.path, record.time, 0, record.time, 0, AT_SYMLINK_NOFOLLOW));
    case 'lstat':
      return layerType(calls, record.path);
    case 'rmtree':
      return statusOf(removeTree(calls, record.path));
    case 'chdir':
      return statusOf(session.host.chdir(record.path));
    case 'raw':
      return { r: privateState(calls, record.uppers, record.works) };
    default:
      return runMountOp(session, record);
  }
}

/** mkdir -p. A directory that is there already takes the mode as well. */
export function makeDirectory(calls: Syscalls, path: string, mode: number): Answer {
  const made = calls.mkdirat(AT_FDCWD, path, mode);
  // mkdir(2) takes no set-id bits, but gives a directory the set-gid bit of its parent.
  if (made === 0) return statusOf(calls.fchmodat(AT_FDCWD, path, mode, 0));
  const above = dirname(path as Path);
  // Where the directory above is there, ENOENT is the last word: it was removed, and something still holds it.
  if (made === -errno.ENOENT && calls.fstatat(AT_FDCWD, above, stat, 0) === -errno.ENOENT) {
    const parent = makeDirectory(calls, above, defaultDirectoryMode);
    return parent === done ? makeDirectory(calls, path, mode) : parent;
  }
  if (made !== -errno.EEXIST) return failure(made);
  const found = calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
  if (found < 0 || !isDirectory(modeOf(stat))) return failure(made);
  return (modeOf(stat) & 0o7777) === mode ? done : statusOf(calls.fchmodat(AT_FDCWD, path, mode, 0));
}

function makeFile(calls: Syscalls, path: string, mode: number, data: Uint8Array): Answer {
  const fd = calls.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return failure(fd);
  try {
    for (let at = 0; at < data.length;) {
      const written = calls.write(fd, data.subarray(at));
      if (written < 0) return failure(written);
      at += written;
    }
    return statusOf(calls.fchmod(fd, mode));
  } finally {
    calls.close(fd);
  }
}

/** What stands in a layer under a name. */
function layerType(calls: Syscalls, path: string): Answer {
  const answer = calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
  if (answer < 0) return failure(answer);
  return { r: isWhiteout(stat) ? 'whiteout' : fileTypeName(slot(stat, StatSlot.mode)) };
}

/** rm -r. Answers 0 or the first error. */
function removeTree(calls: Syscalls, path: string): number {
  const removed = calls.unlinkat(AT_FDCWD, path, 0);
  if (removed !== -errno.EISDIR) return removed;
  const names = directoryNames(calls, path);
  if (typeof names === 'number') return names;
  for (const name of names) {
    const answer = removeTree(calls, `${path}/${name}`);
    if (answer < 0) return answer;
  }
  return calls.unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
