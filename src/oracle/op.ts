import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  UTIME_NOW,
} from '../host/constants.ts';
import { makedev, statBuffer } from '../host/stat.ts';
import { blobOf, bytesOfBlob } from './blob.ts';
import { runDirectoryOp } from './directory-op.ts';
import { accessBits, flagBits, nodeTypeOf, openFlagOf, renameFlagOf, xattrFlagOf } from './names.ts';
import { failure, numberOf, statusOf, type Answer } from './outcome.ts';
import type { Process } from './process.ts';
import type { OpRecord } from './records.ts';
import type { Session } from './session.ts';
import { statResult } from './stat-result.ts';

/** The mode of an open that creates, where the record tells none. */
const defaultCreateMode = 0o666;

const stat = statBuffer();
let readBuffer = new Uint8Array(65536);

/** Runs one operation as its process, with the effective ids that it asks for. */
export function runOp(session: Session, process: Process, record: OpRecord): Answer {
  // In a posix trace `as` repeats the ids that the process has anyway.
  if (!session.rawPaths) process.assume(...(record.as ?? ([0, 0] as const)));
  switch (record.op) {
    case 'open':
    case 'close':
    case 'read':
    case 'pread':
    case 'write':
    case 'pwrite':
    case 'lseek':
    case 'fstat':
    case 'ftruncate':
    case 'fchmod':
      return runDescriptorOp(session, process, record);
    case 'setxattr':
    case 'getxattr':
    case 'listxattr':
    case 'removexattr':
      return runXattrOp(session, process, record);
    case 'readdir':
    case 'opendir':
    case 'readent':
    case 'rewinddir':
    case 'closedir':
      return runDirectoryOp(session, process, record);
    case 'chdir':
      return statusOf(process.chdir(record.path));
    case 'umask':
      return numberOf(process.umask(record.mask));
    default:
      return runNameOp(session, process, record);
  }
}

type Named<K extends OpRecord['op']> = Extract<OpRecord, { op: K }>;

type DescriptorOp = Named<
  'open' | 'close' | 'read' | 'pread' | 'write' | 'pwrite' | 'lseek' | 'fstat' | 'ftruncate' | 'fchmod'
>;

function runDescriptorOp(session: Session, { calls, descriptors }: Process, record: DescriptorOp): Answer {
  if (record.op === 'open') {
    const flags = flagBits(openFlagOf, record.flags);
    const mode = record.mode ?? defaultCreateMode;
    const fd = calls.openat(AT_FDCWD, session.pathOf(record.path), flags | O_CLOEXEC, mode);
    return fd < 0 ? failure(fd) : { r: descriptors.add(fd) };
  }
  const fd = descriptors.kernel(record.fd);
  switch (record.op) {
    case 'close': {
      const answer = calls.close(fd);
      if (answer === 0) descriptors.remove(record.fd);
      return statusOf(answer);
    }
    case 'read':
      return bytesRead(calls.read(fd, bufferOf(record.len)));
    case 'pread':
      return bytesRead(calls.pread(fd, bufferOf(record.len), record.off));
    case 'write':
      return numberOf(calls.write(fd, bytesOfBlob(record.data)));
    case 'pwrite':
      return numberOf(calls.pwrite(fd, bytesOfBlob(record.data), record.off));
    case 'lseek':
      return numberOf(calls.lseek(fd, record.off, record.whence));
    case 'fstat':
      return statAnswer(session, calls.fstatat(fd, '', stat, AT_EMPTY_PATH));
    case 'ftruncate':
      return statusOf(calls.ftruncate(fd, record.len));
    case 'fchmod':
      return statusOf(calls.fchmod(fd, record.mode));
  }
}

type XattrOp = Named<'setxattr' | 'getxattr' | 'listxattr' | 'removexattr'>;

function runXattrOp(session: Session, { calls }: Process, record: XattrOp): Answer {
  const path = session.pathOf(record.path);
  const at = record.follow === false ? AT_SYMLINK_NOFOLLOW : 0;
  switch (record.op) {
    case 'setxattr': {
      const flags = record.flags === undefined ? 0 : xattrFlagOf[record.flags];
      return statusOf(calls.setxattrat(AT_FDCWD, path, at, record.name, bytesOfBlob(record.value), flags));
    }
    case 'getxattr': {
      const value = calls.getxattrat(AT_FDCWD, path, at, record.name);
      return typeof value === 'number' ? failure(value) : { r: blobOf(value) };
    }
    case 'listxattr': {
      const names = calls.listxattrat(AT_FDCWD, path, at);
      return typeof names === 'number' ? failure(names) : { r: [...names].sort() };
    }
    case 'removexattr':
      return statusOf(calls.removexattrat(AT_FDCWD, path, at, record.name));
  }
}

type NameOp = Named<
  | 'stat'
  | 'lstat'
  | 'mkdir'
  | 'rmdir'
  | 'unlink'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'readlink'
  | 'mknod'
  | 'chmod'
  | 'chown'
  | 'lchown'
  | 'utimes'
  | 'truncate'
  | 'access'
>;

function runNameOp(session: Session, { calls }: Process, record: NameOp): Answer {
  const path = session.pathOf(record.path);
  switch (record.op) {
    case 'stat':
      return statAnswer(session, calls.fstatat(AT_FDCWD, path, stat, 0));
    case 'lstat':
      return statAnswer(session, calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW));
    case 'mkdir':
      return statusOf(calls.mkdirat(AT_FDCWD, path, record.mode));
    case 'rmdir':
      return statusOf(calls.unlinkat(AT_FDCWD, path, AT_REMOVEDIR));
    case 'unlink':
      return statusOf(calls.unlinkat(AT_FDCWD, path, 0));
    case 'rename': {
      const flags = flagBits(renameFlagOf, record.flags ?? []);
      return statusOf(calls.renameat2(AT_FDCWD, path, AT_FDCWD, session.pathOf(record.to), flags));
    }
    case 'link': {
      const flags = record.follow === true ? AT_SYMLINK_FOLLOW : 0;
      return statusOf(calls.linkat(AT_FDCWD, path, AT_FDCWD, session.pathOf(record.to), flags));
    }
    case 'symlink':
      return statusOf(calls.symlinkat(record.target, AT_FDCWD, path));
    case 'readlink': {
      const target = calls.readlinkat(AT_FDCWD, path);
      return typeof target === 'number' ? failure(target) : { r: target };
    }
    case 'mknod':
      return statusOf(calls.mknodat(AT_FDCWD, path, nodeTypeOf[record.kind] | record.mode, makedev(...record.rdev)));
    case 'chmod':
      return statusOf(calls.fchmodat(AT_FDCWD, path, record.mode, 0));
    case 'chown':
      return statusOf(calls.fchownat(AT_FDCWD, path, record.uid, record.gid, 0));
    case 'lchown':
      return statusOf(calls.fchownat(AT_FDCWD, path, record.uid, record.gid, AT_SYMLINK_NOFOLLOW));
    case 'utimes': {
      const { time, follow } = record;
      const [sec, nsec] = time === null ? [0, UTIME_NOW] : [time, 0];
      const flags = follow === false ? AT_SYMLINK_NOFOLLOW : 0;
      return statusOf(calls.utimensat(AT_FDCWD, path, sec, nsec, sec, nsec, flags));
    }
    case 'truncate':
      return statusOf(calls.truncate(path, record.len));
    case 'access':
      return statusOf(calls.faccessat2(AT_FDCWD, path, accessBits(record.mode), AT_EACCESS));
  }
}

function statAnswer(session: Session, answer: number): Answer {
  return answer < 0 ? failure(answer) : { r: statResult(stat, session.identity) };
}

/** The first `length` bytes of the buffer that all reads share. */
function bufferOf(length: number): Uint8Array {
  if (length > readBuffer.length) readBuffer = new Uint8Array(length);
  return readBuffer.subarray(0, Math.max(length, 0));
}

function bytesRead(answer: number): Answer {
  return answer < 0 ? failure(answer) : { r: blobOf(readBuffer.subarray(0, answer)) };
}
