import { bytesOfBlob } from '../blob.ts';
import { accessBits, flagBits, nodeTypeOf, openFlagOf, renameFlagOf, xattrFlagOf } from '../names.ts';
import type { InputBlob, OpRecord } from '../records.ts';
import { pythonBytes } from './quote.ts';

/** The mode of an open that creates, where the record tells none. */
const defaultCreateMode = 0o666;

/** A Python expression that makes the same system call, with the functions of pythonPrelude. */
export function pythonOp(record: OpRecord, path: (traced: string) => string): string {
  const call = (name: string, ...values: readonly string[]): string => `${name}(${values.join(', ')})`;
  const at = (traced: string): string => pythonBytes(path(traced));
  switch (record.op) {
    case 'open':
      return call(
        'open_fd',
        at(record.path),
        octal(flagBits(openFlagOf, record.flags)),
        octal(record.mode ?? defaultCreateMode),
      );
    case 'close':
      return call('close_fd', String(record.fd));
    case 'read':
      return call('os.read', fd(record.fd), String(record.len));
    case 'pread':
      return call('os.pread', fd(record.fd), String(record.len), String(record.off));
    case 'write':
      return call('os.write', fd(record.fd), bytes(record.data));
    case 'pwrite':
      return call('os.pwrite', fd(record.fd), bytes(record.data), String(record.off));
    case 'lseek':
      return call('os.lseek', fd(record.fd), String(record.off), String(record.whence));
    case 'fstat':
      return call('shown', call('os.fstat', fd(record.fd)));
    case 'ftruncate':
      return call('os.ftruncate', fd(record.fd), String(record.len));
    case 'fchmod':
      return call('os.fchmod', fd(record.fd), octal(record.mode));
    case 'stat':
    case 'lstat':
      return call('shown', call(`os.${record.op}`, at(record.path)));
    case 'mkdir':
    case 'chmod':
      return call(`os.${record.op}`, at(record.path), octal(record.mode));
    case 'rmdir':
    case 'unlink':
    case 'readlink':
    case 'chdir':
      return call(`os.${record.op}`, at(record.path));
    case 'rename':
      return call('renameat2', at(record.path), at(record.to), String(flagBits(renameFlagOf, record.flags ?? [])));
    case 'link':
      return call('os.link', at(record.path), at(record.to), following(record.follow ?? false));
    case 'symlink':
      return call('os.symlink', pythonBytes(record.target), at(record.path));
    case 'mknod':
      return call(
        'os.mknod',
        at(record.path),
        octal(nodeTypeOf[record.kind] | record.mode),
        `os.makedev(${record.rdev.join(', ')})`,
      );
    case 'chown':
    case 'lchown':
      return call(`os.${record.op}`, at(record.path), String(record.uid), String(record.gid));
    case 'utimes': {
      const times = record.time === null ? 'None' : `(${record.time}, ${record.time})`;
      return call('os.utime', at(record.path), times, following(record.follow));
    }
    case 'truncate':
      return call('os.truncate', at(record.path), String(record.len));
    case 'access':
      return call('access', at(record.path), String(accessBits(record.mode)));
    case 'readdir':
      return call('sorted', call('os.listdir', at(record.path)));
    case 'setxattr': {
      const flags = record.flags === undefined ? 0 : xattrFlagOf[record.flags];
      return call(
        'os.setxattr',
        at(record.path),
        pythonBytes(record.name),
        bytes(record.value),
        String(flags),
        following(record.follow),
      );
    }
    case 'getxattr':
    case 'removexattr':
      return call(`os.${record.op}`, at(record.path), pythonBytes(record.name), following(record.follow));
    case 'listxattr':
      return call('sorted', call('os.listxattr', at(record.path), following(record.follow)));
    case 'umask':
      return call('os.umask', octal(record.mask));
    case 'opendir':
      return call('opendir', at(record.path));
    case 'readent':
    case 'rewinddir':
    case 'closedir':
      return call(record.op, String(record.dh));
  }
}

function fd(traced: number): string {
  return `fds.get(${traced}, -1)`;
}

function bytes(blob: InputBlob): string {
  return pythonBytes(Buffer.from(bytesOfBlob(blob)).toString('latin1'));
}

function octal(number: number): string {
  return `0o${number.toString(8)}`;
}

function following(follow: boolean | undefined): string {
  return follow === false ? 'follow_symlinks=False' : 'follow_symlinks=True';
}
