import { O_RDONLY, type Fd, type FileSystem, type Path } from '../../host/index.ts';

/** Bytes asked for in one read(2); one piece of memory for all, since nothing is kept of it. */
const chunk = Buffer.allocUnsafeSlow(65536);

/** All bytes of a file, as a byte string (path.ts). For the small files that drivers keep beside their layers. */
export function readFile(fs: FileSystem, path: Path): string {
  return readAndClose(fs, fs.open(path, O_RDONLY));
}

/** `readFile`, or `undefined` where there is no such file. */
export function readFileIfExists(fs: FileSystem, path: Path): string | undefined {
  const fd = fs.openIfExists(path, O_RDONLY);
  return fd === undefined ? undefined : readAndClose(fs, fd);
}

function readAndClose(fs: FileSystem, fd: Fd): string {
  try {
    let bytes = '';
    for (;;) {
      const length = fs.read(fd, chunk);
      bytes += chunk.toString('latin1', 0, length);
      // Of a regular file, less than was asked for is the end.
      if (length < chunk.length) return bytes;
    }
  } finally {
    fs.close(fd);
  }
}
