import { isSystemError, type FileSystem, type Path } from '../../host/index.ts';

/**
 * Gives a new layer's root directory the metadata of its parent's. Overlayfs shows the attributes of the topmost
 * directory, so without this a new layer on a parent whose root is not 0755 root:root would change the root without
 * anybody having asked for it (layer-rules.md B0). A new layer thus shows exactly what its parent shows.
 */
export function inheritRoot(fs: FileSystem, from: Path, to: Path): void {
  const { uid, gid, permissions, atime, mtime } = fs.lstat(from);
  const made = fs.lstat(to);
  if (made.uid !== uid || made.gid !== gid) fs.lchown(to, uid, gid);
  for (const attribute of xattrsOf(fs, from)) fs.lsetxattr(to, attribute, fs.lgetxattr(from, attribute));
  if (made.permissions !== permissions) fs.chmod(to, permissions);
  fs.lutimens(to, atime, mtime);
}

/** Overlayfs's private attributes say something of one directory in one stack; a copy of them would lie. */
const privateAttribute = /^(trusted|user)\.overlay\./;

function xattrsOf(fs: FileSystem, path: Path): readonly string[] {
  try {
    return fs.llistxattr(path).filter((name) => !privateAttribute.test(name));
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}
