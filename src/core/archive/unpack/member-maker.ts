import {
  isSymlink,
  makedev,
  MAJOR_MAX,
  MINOR_MAX,
  O_CREAT,
  O_EXCL,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  type Dir,
  type Fd,
  type Name,
  type Path,
} from '../../../host/index.ts';
import type { Owner } from '../../files/directory.ts';
import { Refusal } from '../errors.ts';
import type { ArchiveEntry } from '../tar/entry.ts';
import { defaultAclXattr, removeXattrs, setByDescriptor, setByName, timesOf, type Report } from './attributes.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { HardLinks } from './hard-links.ts';
import type { LayerBuilder } from './layer-builder.ts';
import type { Resolver } from './resolver.ts';
import type { Target } from './target.ts';

/** What a layer may hold where it goes. */
export interface Surroundings {
  /** Whether a device 0:0 would be taken for a whiteout there, and so has to be refused (A7). */
  readonly zeroDevices: 'refuse' | 'keep';
  /** Whether devices are left out, because the kernel does not let us make them. */
  readonly devices: 'make' | 'leave-out';
}

/** Makes the members of a layer in its directory. */
export class MemberMaker {
  readonly #target: Target;
  readonly #resolver: Resolver;
  readonly #builder: LayerBuilder;
  readonly #links: HardLinks;
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  /** The file whose content is coming. */
  #file: { readonly fd: Fd; readonly entry: ArchiveEntry } | undefined;

  constructor(
    target: Target,
    resolver: Resolver,
    builder: LayerBuilder,
    links: HardLinks,
    surroundings: Surroundings,
    report: Report,
  ) {
    this.#target = target;
    this.#resolver = resolver;
    this.#builder = builder;
    this.#links = links;
    this.#surroundings = surroundings;
    this.#report = report;
  }

  /** The member for the layer's root directory (B0). */
  makeRoot(entry: ArchiveEntry): void {
    this.#describe(this.#target.tree, entry, 'existed');
  }

  /** Makes a member under a name of a planned directory. The content of a file follows with `write` and `finish`. */
  make(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    switch (entry.type) {
      case 'directory':
        this.#makeDirectory(parent, name, entry);
        return;
      case 'file':
        this.#beginFile(parent, name, entry);
        return;
      case 'symlink':
        this.#makeSymlink(parent, name, entry);
        return;
      case 'hardlink':
        this.#makeHardLink(parent, name, entry);
        return;
      case 'character-device':
      case 'block-device':
        this.#makeDevice(parent, name, entry);
        return;
      case 'fifo':
        this.#makeNode(parent, name, entry, S_IFIFO, 0);
        return;
    }
  }

  #makeDirectory(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    const planned = parent.directories.get(name);
    if (planned?.present === true) {
      this.#describe(planned, entry, 'existed');
      return;
    }
    this.#builder.bringIn(parent);
    const node = planned ?? parent.add(name, 'member');
    const made = this.#builder.makeDirectory(parent, node);
    if (made === 'existed') this.#resolver.noticeMarks(parent, node);
    this.#describe(node, entry, made);
  }

  /** Gives a directory what its member says, and nothing that it had before (B7). */
  #describe(node: DirectoryNode, entry: ArchiveEntry, made: 'made' | 'existed'): void {
    const { fs } = this.#target;
    const { fd } = this.#target.dir(node);
    if (made === 'existed') removeXattrs(fs, fd, entry.xattrs);
    node.origin = 'member';
    node.times = timesOf(entry);
    node.givesAcl = entry.xattrs.has(defaultAclXattr);
    this.#target.describe(node, entry, this.#report);
  }

  #beginFile(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    this.#builder.bringIn(parent);
    this.#target.place(parent, name, (dir) => {
      // Its own mode, which most often is right to the end. Its owner must be able to write until then, as user.* attributes ask;
      // set-id bits come at the end, since writing would take them away.
      const fd = dir.open(name, O_WRONLY | O_CREAT | O_EXCL, (entry.mode & 0o777) | 0o200);
      this.#file = { fd, entry };
    });
    this.#target.tally.add(entry.size);
  }

  /** Takes content of the file begun last; `at` is where it belongs. */
  write(bytes: Uint8Array, at: number): void {
    if (this.#file === undefined) return;
    const { fd, entry } = this.#file;
    if (!entry.sparse) {
      this.#target.fs.writeAll(fd, bytes);
      return;
    }
    for (let done = 0; done < bytes.length;) {
      done += this.#target.fs.pwrite(fd, bytes.subarray(done), at + done);
    }
  }

  /** The member is complete: a file gets its attributes now, since writing would take some of them away. */
  finish(): void {
    if (this.#file === undefined) return;
    const { fd, entry } = this.#file;
    const { fs } = this.#target;
    if (entry.sparse) fs.ftruncate(fd, entry.size);
    setByDescriptor(fs, fd, entry, this.#report);
    const { atime, mtime } = timesOf(entry);
    fs.futimens(fd, atime, mtime);
    this.#file = undefined;
    fs.close(fd);
  }

  #makeSymlink(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    this.#builder.bringIn(parent);
    this.#target.place(parent, name, (dir) => {
      dir.symlink(entry.linkname as Path, name);
    });
    this.#target.tally.add(entry.linkname.length);
    this.#describeName(this.#target.dir(parent), name, entry, 'symlink');
  }

  #makeHardLink(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    const stat = this.#links.link(parent, name, entry);
    if (stat === undefined) return;
    const type = isSymlink(stat.mode) ? 'symlink' : 'other';
    this.#describeName(this.#target.dir(parent), name, entry, type, stat);
  }

  #makeDevice(parent: DirectoryNode, name: Name, entry: ArchiveEntry): void {
    const { devmajor, devminor } = entry;
    if (!(devmajor >= 0 && devmajor <= MAJOR_MAX && devminor >= 0 && devminor <= MINOR_MAX)) {
      throw new Refusal(`there is no device ${devmajor}:${devminor}`);
    }
    const character = entry.type === 'character-device';
    if (character && devmajor === 0 && devminor === 0 && this.#surroundings.zeroDevices === 'refuse') {
      throw new Refusal('the character device 0:0 would be a whiteout in a layer of overlayfs');
    }
    if (this.#surroundings.devices === 'leave-out') {
      this.#report('devices cannot be made in a user namespace; it is left out');
      this.#links.leaveOut(parent, name);
      return;
    }
    this.#makeNode(parent, name, entry, character ? S_IFCHR : S_IFBLK, makedev(devmajor, devminor));
  }

  #makeNode(parent: DirectoryNode, name: Name, entry: ArchiveEntry, type: number, dev: number): void {
    this.#builder.bringIn(parent);
    this.#target.place(parent, name, (dir) => {
      dir.mknod(name, type | 0o600, dev);
    });
    this.#describeName(this.#target.dir(parent), name, entry, 'other');
  }

  #describeName(dir: Dir, name: Name, entry: ArchiveEntry, type: 'symlink' | 'other', owner?: Owner): void {
    setByName(dir, name, entry, this.#report, type, owner);
    const { atime, mtime } = timesOf(entry);
    dir.lutimens(name, atime, mtime);
  }

  /** Lets go of a file whose content broke off. */
  close(): void {
    if (this.#file === undefined) return;
    const { fd } = this.#file;
    this.#file = undefined;
    this.#target.fs.close(fd);
  }
}
