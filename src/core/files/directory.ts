import { dirname, isDirectory, isSystemError, type Fd, type FileSystem, type Path } from '../../host/index.ts';

/** Numeric ids of an owner. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a directory's mode must let its owner do, where that is an ordinary user, to look into it and to fill it. */
export const ownerMode = 0o700;

/** Makes a directory that does not exist yet (EEXIST), with exactly that mode and owner whatever the umask. */
export function makeDirectory(fs: FileSystem, path: Path, mode: number, owner: Owner): void {
  fs.mkdir(path, mode);
  setOwnerAndMode(fs, path, mode, owner);
}

/**
 * Makes a directory and those above it that are missing. Like Docker's MkdirAllAndChown, one that exists is given the
 * mode and the owner as well; something else under that name is ENOTDIR, as mkdir(2) below it would answer.
 */
export function ensureDirectory(fs: FileSystem, path: Path, mode: number, owner: Owner): void {
  try {
    fs.mkdir(path, mode);
  } catch (error) {
    if (isSystemError(error, 'ENOENT') && dirname(path) !== path) {
      ensureDirectory(fs, dirname(path), mode, owner);
      fs.mkdir(path, mode);
    } else if (!isSystemError(error, 'EEXIST')) {
      throw error;
    }
  }
  setOwnerAndMode(fs, path, mode, owner);
}

function setOwnerAndMode(fs: FileSystem, path: Path, mode: number, owner: Owner): void {
  const found = fs.stat(path);
  if (found.uid !== owner.uid || found.gid !== owner.gid) fs.lchown(path, owner.uid, owner.gid);
  if (found.permissions !== mode) fs.chmod(path, mode);
}

/** Gives an open directory exactly that mode and owner. */
export function fitDirectory(fs: FileSystem, fd: Fd, mode: number, owner: Owner): void {
  const found = fs.fstat(fd);
  if (found.uid !== owner.uid || found.gid !== owner.gid) fs.fchown(fd, owner.uid, owner.gid);
  if (found.permissions !== mode) fs.fchmod(fd, mode);
}

/** The path itself, or the nearest directory above it that exists. */
export function nearestDirectory(fs: FileSystem, path: Path): Path {
  let candidate = path;
  for (;;) {
    if (isExistingDirectory(fs, candidate) || dirname(candidate) === candidate) return candidate;
    candidate = dirname(candidate);
  }
}

function isExistingDirectory(fs: FileSystem, path: Path): boolean {
  try {
    return isDirectory(fs.stat(path).mode);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
