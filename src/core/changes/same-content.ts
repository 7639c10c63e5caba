import {
  isRegular,
  isSymlink,
  O_RDONLY,
  type Dir,
  type Fd,
  type FileSystem,
  type Name,
  type Stat,
} from '../../host/index.ts';

/** Bytes compared at a time. */
const chunkSize = 65536;

/** A name in an open directory, with what lstat(2) answers of it. */
export interface OpenEntry {
  readonly directory: Dir;
  readonly name: Name;
  readonly stat: Stat;
}

/** Whether two entries of the same type and size hold the same: bytes of files, targets of symlinks. */
export function sameContent(fs: FileSystem, a: OpenEntry, b: OpenEntry): boolean {
  if (isSymlink(a.stat.mode)) return a.directory.readlink(a.name) === b.directory.readlink(b.name);
  if (!isRegular(a.stat.mode) || a.stat.size === 0) return true;
  const first = a.directory.open(a.name, O_RDONLY);
  try {
    const second = b.directory.open(b.name, O_RDONLY);
    try {
      return sameBytes(fs, first, second);
    } finally {
      fs.close(second);
    }
  } finally {
    fs.close(first);
  }
}

const firstBuffer = Buffer.allocUnsafeSlow(chunkSize);
const secondBuffer = Buffer.allocUnsafeSlow(chunkSize);

function sameBytes(fs: FileSystem, first: Fd, second: Fd): boolean {
  for (;;) {
    const length = fillBuffer(fs, first, firstBuffer);
    if (fillBuffer(fs, second, secondBuffer) !== length) return false;
    if (firstBuffer.compare(secondBuffer, 0, length, 0, length) !== 0) return false;
    if (length < chunkSize) return true;
  }
}

/** Reads until the buffer is full or the file ends. */
function fillBuffer(fs: FileSystem, fd: Fd, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const length = fs.read(fd, buffer.subarray(filled));
    if (length === 0) break;
    filled += length;
  }
  return filled;
}
