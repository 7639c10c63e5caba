import {
  isDevice,
  isDirectory,
  isRegular,
  isSymlink,
  isSystemError,
  join,
  major,
  minor,
  O_RDONLY,
  textFromPath,
  type Host,
  type Path,
  type Stat,
} from '../../src/host/index.ts';

/** One entry of a tree, all that a layer can say of it. */
export interface Node {
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  /** Seconds. Not of the root, which no archive needs to name. */
  readonly mtime: number | undefined;
  /** Bytes of a file, target of a symlink, numbers of a device. */
  readonly content: string | undefined;
  readonly xattrs: Readonly<Record<string, string>>;
  /** All names of a file that has several in the tree, sorted. */
  readonly names: readonly string[] | undefined;
}

/** A tree by path, `/` and `/a/b`. */
export type View = ReadonlyMap<string, Node>;

/** Reads all of a tree, but for what an ordinary user is kept from reading. */
export function readView(host: Host, root: Path): View {
  const stats = new Map<string, Stat>();
  collect(host, root, '/', stats);
  const inodes = new Map<string, string[]>();
  for (const [path, stat] of stats) {
    if (!isDirectory(stat.mode) && stat.nlink > 1) inodes.set(inode(stat), [...(inodes.get(inode(stat)) ?? []), path]);
  }
  const nodeOf = ([path, stat]: readonly [string, Stat]): readonly [string, Node] => {
    const names = isDirectory(stat.mode) ? [] : (inodes.get(inode(stat)) ?? []);
    return [path, { ...readNode(host, inTree(root, path), stat), names: names.length > 1 ? names.sort() : undefined }];
  };
  return new Map(
    [...stats].map(nodeOf).map(([path, node]) => [path, path === '/' ? { ...node, mtime: undefined } : node]),
  );
}

function inode({ dev, ino }: Stat): string {
  return `${dev}:${ino}`;
}

export function inTree(root: Path, path: string): Path {
  return path === '/' ? root : join(root, path.slice(1));
}

function collect(host: Host, root: Path, path: string, stats: Map<string, Stat>): void {
  const stat = host.fs.lstatIfExists(inTree(root, path));
  // A whiteout that hides nothing is listed by overlayfs in some directories, and is not there (R79).
  if (stat === undefined) return;
  stats.set(path, stat);
  if (!isDirectory(stat.mode)) return;
  const entries = unlessDenied([], () => host.fs.readdir(inTree(root, path)));
  for (const { name } of entries) collect(host, root, join(path as Path, name), stats);
}

function readNode(host: Host, path: Path, stat: Stat): Omit<Node, 'names'> {
  return {
    type: stat.type,
    mode: isSymlink(stat.mode) ? 0o777 : stat.permissions,
    owner: `${stat.uid}:${stat.gid}`,
    mtime: stat.mtime.sec,
    content: unlessDenied(undefined, () => contentOf(host, path, stat)),
    xattrs: unlessDenied({}, () => xattrsOf(host, path)),
  };
}

function unlessDenied<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, 'EACCES')) return otherwise;
    throw error;
  }
}

function contentOf(host: Host, path: Path, stat: Stat): string | undefined {
  if (isSymlink(stat.mode)) return host.fs.readlink(path);
  if (isDevice(stat.mode)) return `${major(stat.rdev)}:${minor(stat.rdev)}`;
  if (!isRegular(stat.mode)) return undefined;
  const fd = host.fs.open(path, O_RDONLY);
  try {
    const buffer = Buffer.alloc(stat.size + 1);
    return buffer.toString('latin1', 0, host.fs.pread(fd, buffer, 0));
  } finally {
    host.fs.close(fd);
  }
}

function xattrsOf(host: Host, path: Path): Readonly<Record<string, string>> {
  const names = [...listXattrs(host, path)].filter((name) => !/^(trusted|user)\.overlay\./.test(name)).sort();
  return Object.fromEntries(names.map((name) => [name, Buffer.from(host.fs.lgetxattr(path, name)).toString('hex')]));
}

function listXattrs(host: Host, path: Path): readonly string[] {
  try {
    return host.fs.llistxattr(path);
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}

/** For messages that people can read: an object in the order of the paths. */
export function readable(view: View): Readonly<Record<string, Node>> {
  return Object.fromEntries(
    [...view].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, node]) => [textFromPath(path), node]),
  );
}

/** All that a naive diff carries over. */
export function withoutDirectoryTimes(view: View): unknown {
  const timeless = (node: Node): unknown => ({ ...node, mtime: node.type === 'directory' ? undefined : node.mtime });
  return Object.fromEntries(Object.entries(readable(view)).map(([path, node]) => [path, timeless(node)]));
}
