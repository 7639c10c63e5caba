import { createHash } from 'node:crypto';
import {
  isDevice,
  isDirectory,
  isRegular,
  isSymlink,
  isSystemError,
  major,
  minor,
  O_RDONLY,
  textFromPath,
  type Dir,
  type Fd,
  type FileType,
  type Host,
  type Name,
  type Path,
  type Root,
  type Stat,
} from '../../host/index.ts';
import { basename, dirname } from '../../host/path.ts';
import { isOverlayXattr } from '../archive/lower-stack.ts';
import { walkTree } from './walk.ts';

/** One line of a tree dump (docs/oracle.md). Paths and names are text, bytes outside UTF-8 surrogate escapes. */
export interface DumpRow {
  readonly path: string;
  readonly type: FileType;
  /** 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly mtimeNs: number;
  /** Bytes; of files, as is the digest of their content in hex. */
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  /** `major:minor`. */
  readonly rdev?: string;
  /** Values in hex, sorted by name. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** All names of the inode in the tree, where there are several. */
  readonly links?: readonly string[];
}

interface Found {
  readonly path: Path;
  readonly stat: Stat;
}

/**
 * Every entry of a tree with all its metadata and the digest of its content, sorted by the bytes of the path; the first is the
 * root, `.`. Names and metadata are read first, content as the rows are asked for. What vanishes meanwhile is left out.
 */
export function* dumpTree(host: Host, path: Path): Generator<DumpRow, void, undefined> {
  const root = host.fs.openRoot(path);
  try {
    const found = findAll(root);
    const links = linksOf(found);
    for (const entry of found) {
      const row = dumpRow(host, root, entry, links);
      if (row !== undefined) yield row;
    }
  } finally {
    root.close();
  }
}

/** The rows of a layer's directory as a mount of overlayfs shows it: without the attributes that this keeps for itself (R170). */
export function* withoutMarks(rows: Iterable<DumpRow>): Generator<DumpRow, void, undefined> {
  for (const row of rows) {
    const { xattrs = {}, ...bare } = row;
    const kept = Object.entries(xattrs).filter(([name]) => !isOverlayXattr(name));
    yield kept.length === 0 ? bare : { ...row, xattrs: Object.fromEntries(kept) };
  }
}

function findAll(root: Root): readonly Found[] {
  const found: Found[] = [{ path: '.' as Path, stat: root.stat() }];
  for (const { path, stat } of walkTree(root)) found.push({ path, stat });
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The names of each inode that the tree has under several. */
function linksOf(found: readonly Found[]): ReadonlyMap<string, readonly string[]> {
  const links = new Map<string, string[]>();
  for (const { path, stat } of found) {
    if (isDirectory(stat.mode) || stat.nlink < 2) continue;
    const names = links.get(inodeOf(stat));
    if (names === undefined) links.set(inodeOf(stat), [textFromPath(path)]);
    else names.push(textFromPath(path));
  }
  for (const names of links.values()) names.sort(byCodePoints);
  return links;
}

function inodeOf({ dev, ino }: Stat): string {
  return `${dev}:${ino}`;
}

/** The order of Python's texts: by code points, where JavaScript compares UTF-16 units. */
function byCodePoints(a: string, b: string): number {
  const left = codePoints(a);
  const right = codePoints(b);
  const at = left.findIndex((code, i) => code !== right[i]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

function codePoints(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function dumpRow(
  host: Host,
  root: Root,
  { path, stat }: Found,
  links: ReadonlyMap<string, readonly string[]>,
): DumpRow | undefined {
  try {
    const names = isDirectory(stat.mode) ? undefined : links.get(inodeOf(stat));
    return {
      path: textFromPath(path),
      type: stat.type,
      mode: stat.permissions,
      uid: stat.uid,
      gid: stat.gid,
      mtime: stat.mtime.sec,
      mtimeNs: stat.mtime.nsec,
      ...(path === '.'
        ? xattrsOfRoot(host, root)
        : inParent(root, path, (dir, name) => details(host, dir, name, stat))),
      ...(names === undefined || names.length < 2 ? {} : { links: names }),
    };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function inParent<T>(root: Root, path: Path, read: (dir: Dir, name: Name) => T): T {
  const above = dirname(path);
  const dir = root.walk(above === '.' ? ('' as Path) : above);
  try {
    return read(dir, basename(path) as Name);
  } finally {
    dir.close();
  }
}

type Details = Pick<DumpRow, 'size' | 'sha256' | 'target' | 'rdev' | 'xattrs'>;

function details(host: Host, dir: Dir, name: Name, stat: Stat): Details {
  return {
    ...contentOf(host, dir, name, stat),
    ...hexXattrs(dir.llistxattr(name), (attribute) => dir.lgetxattr(name, attribute)),
  };
}

function contentOf(host: Host, dir: Dir, name: Name, stat: Stat): Details {
  if (isRegular(stat.mode)) return { size: stat.size, sha256: digest(host, dir.open(name, O_RDONLY)) };
  if (isSymlink(stat.mode)) return { target: textFromPath(dir.readlink(name)) };
  if (isDevice(stat.mode)) return { rdev: `${major(stat.rdev)}:${minor(stat.rdev)}` };
  return {};
}

function xattrsOfRoot({ fs }: Host, root: Root): Details {
  return hexXattrs(fs.flistxattr(root.fd), (attribute) => fs.fgetxattr(root.fd, attribute));
}

function hexXattrs(names: readonly string[], read: (name: string) => Uint8Array): Details {
  if (names.length === 0) return {};
  const sorted = names.map((name) => [textFromPath(name), name] as const).sort(([a], [b]) => byCodePoints(a, b));
  const values = sorted.flatMap(([text, name]) => {
    const value = unlessUnreadable(() => read(name));
    return value === undefined ? [] : [[text, Buffer.from(value).toString('hex')] as const];
  });
  return values.length === 0 ? {} : { xattrs: Object.fromEntries(values) };
}

/** Of an attribute that is listed and yet cannot be had: aufs without ACLs lists those of its branches. */
function unlessUnreadable(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, 'EOPNOTSUPP', 'ENODATA')) return undefined;
    throw error;
  }
}

const readSize = 1 << 18;
const buffer = Buffer.alloc(readSize);

/** The SHA-256 of a file's content, in hex. Closes the file. */
function digest({ fs }: Host, fd: Fd): string {
  const hash = createHash('sha256');
  try {
    for (let read = fs.read(fd, buffer); read > 0; read = fs.read(fd, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    fs.close(fd);
  }
  return hash.digest('hex');
}
