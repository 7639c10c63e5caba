import { dirname, errno, isSymlink, join, SystemError, type FileSystem, type Path } from '../../host/index.ts';

/** Symlinks that the kernel follows in one path (ELOOP). */
const mostLinks = 40;

/** An existing absolute path without symlinks, `.`, `..` and doubled slashes, as the mount table names it. */
export function realPath(fs: FileSystem, path: Path): Path {
  let pending = components(path);
  let real = '/' as Path;
  let links = 0;
  while (pending.length > 0) {
    const [name = '', ...rest] = pending;
    pending = rest;
    if (name === '..') {
      real = dirname(real);
      continue;
    }
    const candidate = join(real, name);
    if (!isSymlink(fs.lstat(candidate).mode)) {
      real = candidate;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new SystemError(errno.ELOOP, 'realpath', path);
    const target = fs.readlink(candidate);
    if (target.startsWith('/')) real = '/' as Path;
    pending = [...components(target), ...pending];
  }
  return real;
}

/** A path without `.`, doubled and trailing slashes; `..` and symlinks stay. */
export function cleanPath(path: Path): Path {
  const clean = components(path).join('/');
  return (path.startsWith('/') ? `/${clean}` : clean) as Path;
}

function components(path: Path): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
