import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_RDONLY } from '../host/constants.ts';
import { isDevice, isDirectory, isRegular, isSymlink, statBuffer, StatSlot } from '../host/stat.ts';
import type { Syscalls } from '../host/syscalls.ts';
import { blobOf } from './blob.ts';
import { directoryNames } from './entries.ts';
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

/** Walks a directory tree and describes every entry. */
export function dumpTree(session: Session, { what, at, role }: Pick<DumpRecord, 'what' | 'at' | 'role'>): DumpedTree {
  const view = what.startsWith('merged') ? 'merged' : (role ?? 'upper');
  const dumper = new Dumper(session.host.calls, session.handles, view);
  dumper.walk(at, '.');
  return dumper.tree;
}

class Dumper {
  readonly tree = new Map<string, JsonObject>();
  readonly #calls: Syscalls;
  readonly #handles: LayerHandles;
  readonly #view: View;

  constructor(calls: Syscalls, handles: LayerHandles, view: View) {
    this.#calls = calls;
    this.#handles = handles;
    this.#view = view;
  }

  /** Describes what stands at `path`, known in the dump as `relative`, and all below. */
  walk(path: string, relative: string): void {
    const found = this.#calls.fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
    if (found < 0) {
      this.#put(relative, { e: failure(found).e ?? null });
      return;
    }
    const directory = isDirectory(modeOf(stat));
    this.#put(relative, this.#entry(path));
    if (directory) this.#walkInside(path, relative === '.' ? '' : `${relative}/`);
  }

  #walkInside(path: string, prefix: string): void {
    const names = directoryNames(this.#calls, path);
    if (typeof names === 'number') {
      this.#put(`${prefix}*`, { e: failure(names).e ?? null });
      return;
    }
    for (const name of names) this.walk(`${path}/${name}`, prefix + name);
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
  #entry(path: string): JsonObject {
    const entry: Record<string, Json> = {};
    if (this.#view !== 'merged' && isWhiteout(stat)) entry.type = 'whiteout';
    else this.#addProperties(entry, path);
    this.#addXattrs(entry, path);
    return entry;
  }

  #addProperties(entry: Record<string, Json>, path: string): void {
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
    if (isRegular(mode)) entry.data = this.#data(path, slot(stat, StatSlot.size));
    if (isSymlink(mode)) entry.target = this.#target(path);
  }

  #data(path: string, size: number): Json {
    const fd = this.#calls.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return { e: failure(fd).e ?? null };
    try {
      return this.#contents(fd, size);
    } finally {
      this.#calls.close(fd);
    }
  }

  /** Reads to the end of the file, which need not be where the size says. A read of less than asked for is the last. */
  #contents(fd: number, size: number): Json {
    let bytes = Buffer.alloc(size + 1);
    for (let length = 0; ;) {
      const read = this.#calls.read(fd, bytes.subarray(length));
      if (read < 0) return { e: failure(read).e ?? null };
      length += read;
      if (length < bytes.length) return blobOf(bytes.subarray(0, length));
      bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
    }
  }

  #target(path: string): Json {
    const target = this.#calls.readlinkat(AT_FDCWD, path);
    return typeof target === 'number' ? { e: failure(target).e ?? null } : target;
  }

  #addXattrs(entry: Record<string, Json>, path: string): void {
    const names = this.#calls.listxattrat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if (typeof names === 'number') entry.xe = failure(names).e ?? null;
    else if (names.length > 0) entry.x = Object.fromEntries(names.map((name) => [name, this.#xattr(path, name)]));
  }

  #xattr(path: string, name: string): Json {
    const value = this.#calls.getxattrat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, name);
    if (typeof value === 'number') return { e: failure(value).e ?? null };
    if (this.#view === 'merged') return blobOf(value);
    if (handleXattr.test(name)) return this.#handles.describe(this.#calls, value);
    return name.endsWith('.overlay.uuid') ? { uuid: value.length } : blobOf(value);
  }
}

/** The shortest name of an index entry: the hex digits of a handle's header. */
const indexName = /^[0-9a-fA-F]{42,}$/;
const handleXattr = /\.overlay\.(?:origin|upper)$/;
