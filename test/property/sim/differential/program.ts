/**
 * A program is a list of system calls as plain data, so that it can be printed, shrunk and kept. Descriptors are slots:
 * an open fills one, whatever number the kernel gave it.
 */
export type Op =
  | {
      readonly op: 'open';
      readonly slot: number;
      readonly path: string;
      readonly flags: number;
      readonly mode: number;
      readonly resolve?: number;
      readonly at?: number;
    }
  | { readonly op: 'close' | 'fstat' | 'fsync' | 'flistxattr' | 'rewind' | 'fstatfs'; readonly slot: number }
  | { readonly op: 'dup'; readonly slot: number; readonly to: number }
  | { readonly op: 'read'; readonly slot: number; readonly length: number }
  | { readonly op: 'pread'; readonly slot: number; readonly length: number; readonly offset: number }
  | { readonly op: 'write'; readonly slot: number; readonly length: number }
  | { readonly op: 'pwrite'; readonly slot: number; readonly length: number; readonly offset: number }
  | { readonly op: 'lseek'; readonly slot: number; readonly offset: number; readonly whence: number }
  | { readonly op: 'getdents'; readonly slot: number; readonly size: number }
  | { readonly op: 'ftruncate'; readonly slot: number; readonly length: number }
  | {
      readonly op: 'fallocate';
      readonly slot: number;
      readonly mode: number;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly op: 'copy';
      readonly slot: number;
      readonly from: number;
      readonly to: number;
      readonly target: number;
      readonly length: number;
    }
  | { readonly op: 'clone'; readonly slot: number; readonly from: number }
  | { readonly op: 'flock'; readonly slot: number; readonly operation: number }
  | { readonly op: 'fchmod'; readonly slot: number; readonly mode: number }
  | { readonly op: 'fchown'; readonly slot: number; readonly uid: number; readonly gid: number }
  | { readonly op: 'stat' | 'access' | 'chmod'; readonly path: string; readonly mode: number; readonly flags: number }
  | { readonly op: 'chown'; readonly path: string; readonly uid: number; readonly gid: number; readonly flags: number }
  | { readonly op: 'mkdir'; readonly path: string; readonly mode: number }
  | { readonly op: 'mknod'; readonly path: string; readonly mode: number; readonly dev: number }
  | { readonly op: 'symlink'; readonly target: string; readonly path: string }
  | { readonly op: 'link'; readonly from: string; readonly to: string; readonly flags: number; readonly slot?: number }
  | { readonly op: 'unlink'; readonly path: string; readonly flags: number }
  | { readonly op: 'rename'; readonly from: string; readonly to: string; readonly flags: number }
  | { readonly op: 'readlink' | 'chdir' | 'list'; readonly path: string }
  | { readonly op: 'truncate'; readonly path: string; readonly length: number }
  | {
      readonly op: 'utimes';
      readonly path: string;
      readonly atime: number;
      readonly mtime: number;
      readonly flags: number;
    }
  | { readonly op: 'getxattr' | 'removexattr'; readonly path: string; readonly name: string; readonly flags: number }
  | {
      readonly op: 'setxattr';
      readonly path: string;
      readonly name: string;
      readonly value: string;
      readonly flags: number;
      readonly how: number;
    }
  | { readonly op: 'listxattr'; readonly path: string; readonly flags: number }
  | { readonly op: 'umask'; readonly mask: number }
  | { readonly op: 'getcwd' }
  | {
      readonly op: 'mount';
      readonly source: string;
      readonly path: string;
      readonly type: string;
      readonly flags: number;
      readonly data: string;
    }
  | { readonly op: 'fsopen'; readonly slot: number; readonly type: string; readonly flags: number }
  | { readonly op: 'fspick' | 'openTree'; readonly slot: number; readonly path: string; readonly flags: number }
  | {
      readonly op: 'fsconfig';
      readonly slot: number;
      readonly command: number;
      readonly key?: string;
      readonly value?: string;
      readonly aux: number;
    }
  | {
      readonly op: 'fsmount';
      readonly slot: number;
      readonly to: number;
      readonly flags: number;
      readonly attributes: number;
    }
  | {
      readonly op: 'moveMount';
      readonly slot: number;
      readonly from: string;
      readonly to: string;
      readonly flags: number;
    }
  | { readonly op: 'umount'; readonly path: string; readonly flags: number }
  | { readonly op: 'statfs'; readonly path: string }
  /** Makes this the process that the following operations are done by. */
  | { readonly op: 'as'; readonly who: number };

export type Program = readonly Op[];

/** What a generated program may do. */
export interface ProgramShape {
  /** The world is a chroot: `..` and absolute paths may stand anywhere, also in symlinks. */
  readonly chroot: boolean;
  /** How many processes take part. */
  readonly actors: number;
  readonly maxLength: number;
  /** Filesystems are mounted and unmounted as well, small ones so that they fill up. Only for root in a chroot. */
  readonly mounts?: true;
}
