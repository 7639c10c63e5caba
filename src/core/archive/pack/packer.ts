import {
  isDevice,
  isDirectory,
  isRegular,
  isSymlink,
  isSystemError,
  major,
  minor,
  O_NONBLOCK,
  O_RDONLY,
  type Dir,
  type Fd,
  type FileSystem,
  type Name,
  type Path,
  type Root,
  type Stat,
  type Timestamp,
} from '../../../host/index.ts';
import { quoted } from '../errors.ts';
import { opaqueMarker, whiteoutPrefix } from '../member-name.ts';
import { noXattrs } from '../tar/entry.ts';
import { encodeEntry, endOfArchive, type NewEntry } from '../tar/entry-encoder.ts';
import { paddingOf } from '../tar/header.ts';
import { Chunks } from './chunks.ts';
import { portableXattrs, portableXattrsOf } from './portable-xattrs.ts';

/** A component that begins as whiteouts do. */
const belowMarker = /(?:^|\/)\.wh\./;

const epoch: Timestamp = { sec: 0, nsec: 0 };

/** Whiteouts and markers say nothing but their name, so that the same layer is the same bytes on every kernel. */
const marker = {
  type: 'file',
  linkname: '',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: epoch,
  devmajor: 0,
  devminor: 0,
  xattrs: noXattrs,
} as const satisfies Omit<NewEntry, 'name'>;

/**
 * Writes members of a layer from files. Each method is a generator of the chunks that became full meanwhile; whoever leaves
 * it early lets go of the file being read.
 */
export class Packer {
  readonly #fs: FileSystem;
  readonly #warn: (message: string) => void;
  readonly #chunks = new Chunks();
  /** The first name of each inode that has several. */
  readonly #firstNames = new Map<string, Path>();

  constructor(fs: FileSystem, warn: ((message: string) => void) | undefined) {
    this.#fs = fs;
    this.#warn = warn ?? ((): void => undefined);
  }

  /** The layer's root directory, `./`. */
  *root(root: Root): Generator<Buffer> {
    const described = describe(root.stat(), './');
    this.#put({ ...described, xattrs: this.#checked(portableXattrsOf(this.#fs, root.fd), described.name) });
    yield* this.#chunks.take();
  }

  /**
   * A file of any kind; `path` is its name in the layer. What no layer can hold is told and passed over; what has vanished
   * since it was listed is passed over.
   */
  *member(parent: Dir, name: Name, path: Path, stat: Stat): Generator<Buffer> {
    try {
      yield* this.#member(parent, name, path, stat);
    } catch (error) {
      // Nothing of the member is written yet: its content is read by descriptor.
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    yield* this.#chunks.take();
  }

  *#member(parent: Dir, name: Name, path: Path, stat: Stat): Generator<Buffer> {
    if (belowMarker.test(path)) {
      // Written out, it would delete another file wherever the layer goes.
      this.#warn(`${quoted(path)} is left out: no layer can hold a name that begins with ${whiteoutPrefix}`);
    } else if (stat.type === 'socket') {
      this.#warn(`${quoted(path)} is left out: a socket has no place in an archive`);
    } else if (this.#isFurtherLink(path, stat)) {
      this.#link(parent, name, path, stat);
    } else if (isRegular(stat.mode)) {
      yield* this.#file(parent, name, path);
    } else {
      this.#put(this.#other(parent, name, path, stat));
    }
  }

  /** `.wh.NAME`. */
  *whiteout(path: Path, name: Name): Generator<Buffer> {
    const above = path.slice(0, path.length - name.length);
    this.#put({ ...marker, name: `${above}${whiteoutPrefix}${name}` });
    yield* this.#chunks.take();
  }

  /** `.wh..wh..opq` in a directory. */
  *opaque(path: Path): Generator<Buffer> {
    if (!belowMarker.test(path)) this.#put({ ...marker, name: `${path}/${opaqueMarker}` });
    yield* this.#chunks.take();
  }

  *end(): Generator<Buffer> {
    this.#chunks.put(endOfArchive);
    yield* this.#chunks.takeAll();
  }

  #put(entry: NewEntry): void {
    this.#chunks.put(encodeEntry(entry));
  }

  /** Whether a file was written already under another name. */
  #isFurtherLink(path: Path, stat: Stat): boolean {
    if (isDirectory(stat.mode) || stat.nlink < 2) return false;
    const inode = inodeOf(stat);
    if (this.#firstNames.has(inode)) return true;
    this.#firstNames.set(inode, path);
    return false;
  }

  /** A hard link repeats the metadata, which extractors set on the shared inode (D1). */
  #link(parent: Dir, name: Name, path: Path, stat: Stat): void {
    const first = this.#firstNames.get(inodeOf(stat)) ?? path;
    const xattrs = this.#checked(portableXattrs(parent, name), path);
    this.#put({ ...describe(stat, path), type: 'hardlink', linkname: first, size: 0, xattrs });
  }

  #other(parent: Dir, name: Name, path: Path, stat: Stat): NewEntry {
    const described = describe(stat, isDirectory(stat.mode) ? `${path}/` : path);
    const linkname = isSymlink(stat.mode) ? parent.readlink(name) : '';
    return { ...described, linkname, xattrs: this.#checked(portableXattrs(parent, name), path) };
  }

  /** A file is described as it is when it is open, since it may have been replaced after it was listed. */
  *#file(parent: Dir, name: Name, path: Path): Generator<Buffer> {
    const fd = this.#open(parent, name);
    if (fd === undefined) return;
    try {
      const stat = this.#fs.fstat(fd);
      if (!isRegular(stat.mode)) return;
      const xattrs = this.#checked(portableXattrsOf(this.#fs, fd), path);
      this.#put({ ...describe(stat, path), size: stat.size, xattrs });
      yield* this.#content(fd, path, stat.size);
      this.#chunks.zeros(paddingOf(stat.size));
    } finally {
      this.#fs.close(fd);
    }
  }

  /** Of a name that is a file no more there is nothing to say. */
  #open(parent: Dir, name: Name): Fd | undefined {
    try {
      return parent.open(name, O_RDONLY | O_NONBLOCK);
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ELOOP', 'ENXIO')) return undefined;
      throw error;
    }
  }

  /** So many bytes of a file, read where they go. A file that shrinks meanwhile is filled up, as GNU tar does. */
  *#content(fd: Fd, path: Path, size: number): Generator<Buffer> {
    for (let left = size; left > 0;) {
      const room = this.#chunks.room();
      const read = this.#fs.read(fd, room.length > left ? room.subarray(0, left) : room);
      if (read === 0) {
        this.#warn(`${quoted(path)} shrank while it was read; ${left} zero bytes stand for the rest`);
        this.#chunks.zeros(left);
        return;
      }
      this.#chunks.used(read);
      left -= read;
      yield* this.#chunks.take();
    }
  }

  /** PAX has no way to write an attribute whose name has an equals sign. */
  #checked(xattrs: ReadonlyMap<string, Uint8Array>, path: string): ReadonlyMap<string, Uint8Array> {
    const unwritable = [...xattrs.keys()].filter((name) => name.includes('='));
    if (unwritable.length === 0) return xattrs;
    for (const name of unwritable) this.#warn(`the attribute ${quoted(name)} of ${quoted(path)} cannot be written`);
    return new Map([...xattrs].filter(([name]) => !unwritable.includes(name)));
  }
}

function inodeOf({ dev, ino }: Stat): string {
  return `${dev}:${ino}`;
}

/** A member out of a stat; content and link targets come on top. */
function describe(stat: Stat, name: string): NewEntry {
  const { type, permissions, uid, gid, mtime, rdev } = stat;
  const device = isDevice(stat.mode);
  return {
    type: type === 'socket' ? 'file' : type,
    name,
    linkname: '',
    mode: permissions,
    uid,
    gid,
    size: 0,
    mtime,
    devmajor: device ? major(rdev) : 0,
    devminor: device ? minor(rdev) : 0,
    xattrs: noXattrs,
  };
}
