/** What getattr answers (struct kstat). Callers keep one and pass it to many calls. */
export class Kstat {
  dev = 0;
  /** A bigint where all 64 bits are used (xino of overlay). */
  ino: number | bigint = 0;
  mode = 0;
  nlink = 0;
  uid = 0;
  gid = 0;
  rdev = 0;
  /** Bytes. */
  size = 0;
  blksize = 0;
  /** Units of 512 bytes. */
  blocks = 0;
  atimeSec = 0;
  atimeNsec = 0;
  mtimeSec = 0;
  mtimeNsec = 0;
  ctimeSec = 0;
  ctimeNsec = 0;
}
