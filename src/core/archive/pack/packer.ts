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
  SystemError,
  type Dir,
  type Fd,
  type FileSystem,
  type Name,
  type Path,
  type Root,
  type Stat,
  type Timestamp,
} from '../../../host/index.ts';
import { noIdMaps, ownerInContainer, UnmappedIdError, type IdMaps } from '../../id-map.ts';
import { LayerFormError, quoted } from '../errors.ts';
import { opaqueMarker, whiteoutPrefix } from '../member-name.ts';
import type { WriteOptions } from '../options.ts';
import { noXattrs } from '../tar/entry.ts';
import { encodeEntry, endOfArchive, type NewEntry } from '../tar/entry-encoder.ts';
import { paddingOf } from '../tar/header.ts';
import { Chunks } from './chunks.ts';
import { isPortable, layerXattrs, layerXattrsOf, type KeptXattrs } from './portable-xattrs.ts';

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

/** A file whose content is being written. */
interface OpenFile {
  readonly fd: Fd;
  readonly path: Path;
  readonly size: number;
  left: number;
}

/**
 * Writes members of a layer from files. After each member that leaves something `due`, `drain` must be run to its end before the
 * next one; so that small files cost no generator, and large ones no memory.
 */
export class Packer {
  readonly #fs: FileSystem;
  readonly #warn: (message: string) => void;
  readonly #idMaps: IdMaps;
  readonly #keeps: KeptXattrs;
  readonly #chunks = new Chunks();
  /** The first name of each inode that has several. */
  readonly #firstNames = new Map<string, Path>();
  #file: OpenFile | undefined;

  constructor(fs: FileSystem, { warn, idMaps = noIdMaps, keeps = isPortable }: WriteOptions) {
    this.#fs = fs;
    this.#warn = warn ?? ((): void => undefined);
    this.#idMaps = idMaps;
    this.#keeps = keeps;
  }

  /** Whether chunks are waiting, or a file is not read to its end. */
  get due(): boolean {
    return this.#file !== undefined || this.#chunks.anyFull;
  }

  /** The chunks that are full, and those of the rest of a file that is being read. Each is good until the next one. */
  *drain(): Generator<Buffer> {
    while (this.due) {
      for (const chunk of this.#chunks.take()) {
        yield chunk;
        this.#chunks.giveBack(chunk);
      }
      if (this.#file !== undefined) this.#readOn(this.#file);
    }
  }

  /** The layer's root directory, `./`. */
  root(root: Root): void {
    const described = this.#describe(root.stat(), './');
    const { kept } = layerXattrsOf(this.#fs, root.fd, this.#keeps);
    this.#put({ ...described, xattrs: this.#writable(kept, described.name) });
  }

  /**
   * A file of any kind; `path` is its name in the layer. What no layer can hold is told and passed over; what has vanished
   * since it was listed is passed over. Answers the names of overlayfs's own attributes that it has.
   * @throws SystemError, with the name in the layer
   */
  member(parent: Dir, name: Name, path: Path, stat: Stat): readonly string[] {
    if (belowMarker.test(path)) {
      // Written out, it would delete another file wherever the layer goes.
      this.#warn(`${quoted(path)} is left out: no layer can hold a name that begins with ${whiteoutPrefix}`);
      return [];
    }
    if (stat.type === 'socket') {
      this.#warn(`${quoted(path)} is left out: a socket has no place in an archive`);
      return [];
    }
    try {
      return this.#write(parent, name, path, stat);
    } catch (error) {
      // Nothing of the member is written yet: its content is read by descriptor.
      if (isSystemError(error, 'ENOENT')) return [];
      throw isSystemError(error) ? new SystemError(error.errno, `pack: ${error.syscall}`, path) : error;
    }
  }

  #write(parent: Dir, name: Name, path: Path, stat: Stat): readonly string[] {
    const several = !isDirectory(stat.mode) && stat.nlink > 1;
    const first = several ? this.#firstNames.get(inodeOf(stat)) : undefined;
    if (first !== undefined) return this.#link(parent, name, path, stat, first);
    const marks = isRegular(stat.mode) ? this.#begin(parent, name, path) : this.#other(parent, name, path, stat);
    if (several && marks !== undefined) this.#firstNames.set(inodeOf(stat), path);
    return marks ?? [];
  }

  /** `.wh.NAME`. */
  whiteout(path: Path, name: Name): void {
    const above = path.slice(0, path.length - name.length);
    this.#put({ ...marker, name: `${above}${whiteoutPrefix}${name}` });
  }

  /** `.wh..wh..opq` in a directory. */
  opaque(path: Path): void {
    this.#put({ ...marker, name: `${path}/${opaqueMarker}` });
  }

  /** The end of the archive. */
  *end(): Generator<Buffer> {
    this.#chunks.put(endOfArchive);
    yield* this.#chunks.takeAll();
  }

  /** Lets go of a file that is not read to its end. */
  close(): void {
    if (this.#file === undefined) return;
    const { fd } = this.#file;
    this.#file = undefined;
    this.#fs.close(fd);
  }

  #put(entry: NewEntry): void {
    this.#chunks.put(encodeEntry(entry));
  }

  /** A hard link repeats the metadata, which extractors set on the shared inode (D1). */
  #link(parent: Dir, name: Name, path: Path, stat: Stat, first: Path): readonly string[] {
    const { kept, overlay } = layerXattrs(parent, name, this.#keeps);
    const xattrs = this.#writable(kept, path);
    this.#put({ ...this.#describe(stat, path), type: 'hardlink', linkname: first, size: 0, xattrs });
    return overlay;
  }

  #other(parent: Dir, name: Name, path: Path, stat: Stat): readonly string[] {
    const described = this.#describe(stat, isDirectory(stat.mode) ? `${path}/` : path);
    const linkname = isSymlink(stat.mode) ? parent.readlink(name) : '';
    const { kept, overlay } = layerXattrs(parent, name, this.#keeps);
    this.#put({ ...described, linkname, xattrs: this.#writable(kept, path) });
    return overlay;
  }

  /**
   * Begins a regular file. It is described as it is when it is open, since it may have been replaced after it was listed; of
   * what is no file any more there is nothing to say.
   */
  #begin(parent: Dir, name: Name, path: Path): readonly string[] | undefined {
    const fd = this.#open(parent, name);
    if (fd === undefined) return undefined;
    this.#file = { fd, path, size: 0, left: 0 };
    const stat = this.#fs.fstat(fd);
    if (!isRegular(stat.mode)) {
      this.close();
      return undefined;
    }
    const { kept, overlay } = layerXattrsOf(this.#fs, fd, this.#keeps);
    this.#put({ ...this.#describe(stat, path), size: stat.size, xattrs: this.#writable(kept, path) });
    this.#file = { fd, path, size: stat.size, left: stat.size };
    this.#readOn(this.#file);
    return overlay;
  }

  #open(parent: Dir, name: Name): Fd | undefined {
    try {
      return parent.open(name, O_RDONLY | O_NONBLOCK);
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ELOOP', 'ENXIO')) return undefined;
      throw error;
    }
  }

  /** Reads a file to where it goes, until it ends or a chunk is full. */
  #readOn(file: OpenFile): void {
    while (file.left > 0 && !this.#chunks.anyFull) {
      const room = this.#chunks.room();
      const read = this.#fs.read(file.fd, room.length > file.left ? room.subarray(0, file.left) : room);
      if (read === 0) this.#fillUp(file);
      this.#chunks.used(read);
      file.left -= read;
    }
    if (file.left > 0) return;
    this.#chunks.zeros(paddingOf(file.size));
    this.close();
  }

  /** With the owner that containers see. What they cannot own must not be lost, nor become another's. */
  #describe(stat: Stat, name: string): NewEntry {
    const described = describe(stat, name);
    if (this.#idMaps === noIdMaps) return described;
    try {
      return { ...described, ...ownerInContainer(this.#idMaps, stat) };
    } catch (error) {
      if (!(error instanceof UnmappedIdError)) throw error;
      throw new LayerFormError(`cannot write ${quoted(name)}: ${error.message}`);
    }
  }

  /** A file that shrinks while it is read is filled up, as GNU tar does: its size is written already. */
  #fillUp(file: OpenFile): void {
    this.#warn(`${quoted(file.path)} shrank while it was read; ${file.left} zero bytes stand for the rest`);
    this.#chunks.zeros(file.left);
    file.left = 0;
  }

  /** PAX has no way to write an attribute whose name has an equals sign. */
  #writable(xattrs: ReadonlyMap<string, Uint8Array>, path: string): ReadonlyMap<string, Uint8Array> {
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
