import { isSystemError, O_RDONLY, type Fd, type FileSystem, type Path } from '../../host/index.ts';

/** Bytes asked for in one read(2). */
const chunkSize = 65536;

/** All bytes of a file, as a byte string (path.ts). For the small files that drivers keep beside their layers. */
export function readFile(fs: FileSystem, path: Path): string {
  const fd = fs.open(path, O_RDONLY);
  try {
    return readAll(fs, fd);
  } finally {
    fs.close(fd);
  }
}

/** `readFile`, or `undefined` where there is no such file. */
export function readFileIfExists(fs: FileSystem, path: Path): string | undefined {
  try {
    return readFile(fs, path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function readAll(fs: FileSystem, fd: Fd): string {
  const buffer = Buffer.allocUnsafe(chunkSize);
  let bytes = '';
  for (;;) {
    const length = fs.read(fd, buffer);
    if (length === 0) return bytes;
    bytes += buffer.toString('latin1', 0, length);
  }
}
