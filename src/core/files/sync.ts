import { O_DIRECTORY, O_RDONLY, type FileSystem, type Path } from '../../host/index.ts';

/** fsync(2) of a directory: the names in it are on the disk afterwards. */
export function syncDirectory(fs: FileSystem, directory: Path): void {
  const fd = fs.open(directory, O_RDONLY | O_DIRECTORY);
  try {
    fs.fsync(fd);
  } finally {
    fs.close(fd);
  }
}

/** syncfs(2): all that was written to the filesystem that holds `directory` is on the disk afterwards. */
export function syncFileSystem(fs: FileSystem, directory: Path): void {
  const fd = fs.open(directory, O_RDONLY | O_DIRECTORY);
  try {
    fs.syncfs(fd);
  } finally {
    fs.close(fd);
  }
}
