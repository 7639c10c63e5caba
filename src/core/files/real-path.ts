import { dirname, errno, isSymlink, join, SystemError, type FileSystem, type Path } from '../../host/index.ts';

/** Symlinks that the kernel follows in one path (ELOOP). */
const mostLinks = 40;

/** An existing absolute path without symlinks, `.`, `..` and doubled slashes, as the mount table names it. */
export function realPath(fs: FileSystem, path: Path): Path {
  return withoutLinks(path, (each) => (isSymlink(fs.lstat(each).mode) ? fs.readlink(each) : undefined));
}

/** The same as if `root` were `/`, and of a path that need not exist: what is missing is no symlink. */
export function realPathIn(fs: FileSystem, root: Path, path: Path): Path {
  return withoutLinks(path, (each) => {
    const inside = join(root, each.slice(1));
    const stat = fs.lstatIfExists(inside);
    return stat !== undefined && isSymlink(stat.mode) ? fs.readlink(inside) : undefined;
  });
}

function withoutLinks(path: Path, targetOf: (path: Path) => Path | undefined): Path {
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
    const target = targetOf(candidate);
    if (target === undefined) {
      real = candidate;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new SystemError(errno.ELOOP, 'realpath', path);
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
