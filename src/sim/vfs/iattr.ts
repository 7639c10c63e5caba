import type { OpenFile } from './open-file.ts';

/** Which members of an Iattr count, and how (ATTR_* of linux/fs.h). */
export const ATTR_MODE = 1 << 0;
export const ATTR_UID = 1 << 1;
export const ATTR_GID = 1 << 2;
export const ATTR_SIZE = 1 << 3;
export const ATTR_ATIME = 1 << 4;
export const ATTR_MTIME = 1 << 5;
export const ATTR_CTIME = 1 << 6;
export const ATTR_ATIME_SET = 1 << 7;
export const ATTR_MTIME_SET = 1 << 8;
/** The owner's permission is not asked for. */
export const ATTR_FORCE = 1 << 9;
export const ATTR_KILL_SUID = 1 << 11;
export const ATTR_KILL_SGID = 1 << 12;
/** `file` is the open file that is being truncated. */
export const ATTR_FILE = 1 << 13;
export const ATTR_KILL_PRIV = 1 << 14;
/** The truncation of an open with O_TRUNC. */
export const ATTR_OPEN = 1 << 15;
/** utimensat(2) with a time that is not the present for both. */
export const ATTR_TIMES_SET = 1 << 16;
/** utimensat(2) with both times UTIME_NOW, or without times. */
export const ATTR_TOUCH = 1 << 17;

/** A change of attributes (struct iattr). */
export interface Iattr {
  valid: number;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  file: OpenFile | undefined;
}

/** An Iattr in which `valid` says what counts; the rest is zero. */
export function iattr(valid: number): Iattr {
  return {
    valid,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    atimeSec: 0,
    atimeNsec: 0,
    mtimeSec: 0,
    mtimeNsec: 0,
    file: undefined,
  };
}
