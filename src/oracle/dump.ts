import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_RDONLY } from '../host/constants.ts';
import { errno } from '../host/errno.ts';
import { PATH_MAX } from '../host/path.ts';
import { isDevice, isDirectory, isRegular, isSymlink, statBuffer, StatSlot } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { blobOf, BlobOfPieces } from './blob.ts';
import { openDirectory, readNames } from './entries.ts';
import type { LayerHandles } from './layer-handles.ts';
import { fileTypeName } from './names.ts';
import { failure } from './outcome.ts';
import type { DumpRecord } from './records.ts';
import type { Json, JsonObject } from './schema.ts';
import type { Session } from './session.ts';
import { isWhiteout, modeOf, mtimeOf, rdevOf, slot } from './stat-result.ts';

/** A directory tree as it is: the entries by path, `.` first. */
export type DumpedTree = ReadonlyMap<string, JsonObject>;

/** Which of its entries' properties a dump tells: those of a merged view, of an upper, or of a work base directory. */
type View = 'merged' | 'upper' | 'work';

const stat = statBuffer();
/** What all files are read into, the larger ones piece by piece. */
const piece = Buffer.alloc(1 << 20);

/** Walks a directory tree and describes every entry. */
export function dumpTree(session: Session, { what, at, role }: Pick<DumpRecord, 'what' | 'at' | 'role'>): DumpedTree {
  const view = what.startsWith('merged') ? 'merged' : (role ?? 'upper');
  const dumper = new Dumper(session.host.calls, session.handles, view, at);
  dumper.visit(AT_FDCWD, at, '.');
  return dumper.tree;
}

/**
 * Goes from directory to directory by descriptors, so that the kernel looks up one name for each call. Answers are those
 * that whole paths have, by which traces are written.
 */
class Dumper {
  readonly tree = new Map<string, JsonObject>();
  readonly #calls: Syscalls;
  readonly #handles: LayerHandles;
  readonly #view: View;
  readonly #at: string;

  constructor(calls: Syscalls, handles: LayerHandles, view: View, at: string) {
    this.#calls = calls;
    this.#handles = handles;
    this.#view = view;
    this.#at = at;
  }

  /** Describes what stands under `name` in a directory, known in the dump as `relative`, and all below. */
  visit(dirfd: number, name: string, relative: string): void {
    const found = this.#lstat(dirfd, name, relative);
    if (found < 0) {
      this.#put(relative, { e: failure(found).e ?? null });
      return;
    }
    const directory = isDirectory(modeOf(stat));
    this.#put(relative, this.#entry(dirfd, name));
    if (directory) this.#visitInside(dirfd, name, relative === '.' ? '' : `${relative}/`);
  }

  #lstat(dirfd: number, name: string, relative: string): number {
    if (dirfd !== AT_FDCWD && this.#at.length + 1 + relative.length >= PATH_MAX) return -errno.ENAMETOOLONG;
    return this.#calls.fstatat(dirfd, name, stat, AT_SYMLINK_NOFOLLOW);
  }

  #visitInside(dirfd: number, name: string, prefix: string): void {
    const fd = openDirectory(this.#calls, dirfd, name);
    if (fd < 0) {
      this.#put(`${prefix}*`, { e: failure(fd).e ?? null });
      return;
    }
    try {
      const names = readNames(this.#calls, fd);
      if (typeof names === 'number') this.#put(`${prefix}*`, { e: failure(names).e ?? null });
      else for (const each of names) this.visit(fd, each, prefix + each);
    } finally {
      this.#calls.close(fd);
    }
  }

  #put(relative: string, entry: JsonObject): void {
    this.tree.set(this.#view === 'work' ? this.#workKey(relative) : relative, entry);
  }

  /** Names in a work base directory that no two runs share: temporary ones become `#`, index entries what they index. */
  #workKey(relative: string): string {
    const parts = relative.split('/');
    return parts
      .map((part, depth) => {
        if (part.startsWith('#')) return '#';
        return depth === 1 && parts[0] === 'index' && indexName.test(part) ? this.#indexed(part) : part;
      })
      .join('/');
  }

  #indexed(name: string): string {
    const { fh } = this.#handles.describe(this.#calls, Buffer.from(name, 'hex'));
    // "None" is how the format's writer puts a name that is no handle.
    return `<${typeof fh === 'string' ? fh : 'None'}>`;
  }

  /** The entry whose stat is in the buffer. */
  #entry(dirfd: number, name: string): JsonObject {
    const entry: Record<string, Json> = {};
    if (this.#view !== 'merged' && isWhiteout(stat)) entry.type = 'whiteout';
    else this.#addProperties(entry, dirfd, name);
    this.#addXattrs(entry, dirfd, name);
    return entry;
  }

  #addProperties(entry: Record<string, Json>, dirfd: number, name: string): void {
    const mode = modeOf(stat);
    const directory = isDirectory(mode);
    entry.type = fileTypeName(mode);
    entry.mode = mode & 0o7777;
    entry.uid = slot(stat, StatSlot.uid);
    entry.gid = slot(stat, StatSlot.gid);
    if (this.#view === 'merged' || !directory) entry.nlink = slot(stat, StatSlot.nlink);
    if (!directory) entry.size = slot(stat, StatSlot.size);
    if (isDevice(mode)) entry.rdev = rdevOf(stat);
    if (this.#view !== 'work') entry.mtime = mtimeOf(stat);
    if (isRegular(mode)) entry.data = this.#data(dirfd, name);
    if (isSymlink(mode)) entry.target = this.#target(dirfd, name);
  }

  #data(dirfd: number, name: string): Json {
    const fd = this.#calls.openat(dirfd, name, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return { e: failure(fd).e ?? null };
    try {
      return this.#contents(fd);
    } finally {
      this.#calls.close(fd);
    }
  }

  /** Reads to the end of the file, which need not be where the size says. A read of less than asked for is the last. */
  #contents(fd: number): Json {
    let read = this.#calls.read(fd, piece);
    if (read >= 0 && read < piece.length) return blobOf(piece.subarray(0, read));
    const pieces = new BlobOfPieces();
    for (; read === piece.length; read = this.#calls.read(fd, piece)) pieces.add(piece);
    if (read < 0) return { e: failure(read).e ?? null };
    pieces.add(piece.subarray(0, read));
    return pieces.blob();
  }

  #target(dirfd: number, name: string): Json {
    const target = this.#calls.readlinkat(dirfd, name);
    return typeof target === 'number' ? { e: failure(target).e ?? null } : target;
  }

  #addXattrs(entry: Record<string, Json>, dirfd: number, name: string): void {
    const names = this.#calls.listxattrat(dirfd, name, AT_SYMLINK_NOFOLLOW);
    if (typeof names === 'number') entry.xe = failure(names).e ?? null;
    else if (names.length > 0)
      entry.x = Object.fromEntries(names.map((each) => [each, this.#xattr(dirfd, name, each)]));
  }

  #xattr(dirfd: number, name: string, attribute: string): Json {
    const value = this.#calls.getxattrat(dirfd, name, AT_SYMLINK_NOFOLLOW, attribute);
    if (typeof value === 'number') return { e: failure(value).e ?? null };
    if (this.#view === 'merged') return blobOf(value);
    if (handleXattr.test(attribute)) return this.#handles.describe(this.#calls, value);
    return attribute.endsWith('.overlay.uuid') ? { uuid: value.length } : blobOf(value);
  }
}

/** The shortest name of an index entry: the hex digits of a handle's header. */
const indexName = /^[0-9a-fA-F]{42,}$/;
const handleXattr = /\.overlay\.(?:origin|upper)$/;
