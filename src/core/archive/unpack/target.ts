import {
  isDirectory,
  isSystemError,
  type Dir,
  type FileSystem,
  type Host,
  type Name,
  type Path,
  type Root,
  type Stat,
} from '../../../host/index.ts';
import { ownerMode } from '../../files/directory.ts';
import {
  defaultAclXattr,
  dropInheritedAcls,
  hasDefaultAcl,
  setByDescriptor,
  type Attributes,
  type Report,
} from './attributes.ts';
import { DirectoryNode } from './directory-node.ts';
import type { SizeTally } from './size-tally.ts';

/** How many directories are kept open: archives come sorted, so that the next member is near the last. */
const openDirectories = 16;

/** The directory that a layer is unpacked into. Every call on it is on a descriptor of the parent and one name. */
export class Target {
  readonly fs: FileSystem;
  readonly root: Root;
  readonly tree = DirectoryNode.root();
  readonly tally: SizeTally;
  /** The ordinary user who unpacks; `undefined` is root, whom no mode keeps out. */
  readonly #user: number | undefined;
  /** In the order of their last use. */
  readonly #open = new Map<DirectoryNode, Dir>();
  /** The one used last, which nearly always is the one asked for. */
  #last: { readonly node: DirectoryNode; readonly dir: Dir } | undefined;

  constructor(host: Host, path: Path, tally: SizeTally) {
    this.fs = host.fs;
    this.root = host.fs.openRoot(path);
    const { uid } = host.system.credentials();
    this.#user = uid === 0 ? undefined : uid;
    const stat = this.root.stat();
    this.tree.times = { atime: 'omit', mtime: stat.mtime };
    if (this.isLocked(stat)) {
      this.tree.mode = stat.permissions;
      this.fs.fchmod(this.root.fd, stat.permissions | ownerMode);
    }
    this.tree.givesAcl = hasDefaultAcl(() => host.fs.fgetxattr(this.root.fd, defaultAclXattr));
    this.tally = tally;
  }

  /** An open directory, good until the next call. */
  dir(node: DirectoryNode): Dir {
    if (node.parent === undefined) return this.root;
    if (this.#last?.node === node) return this.#last.dir;
    const dir = this.#open.get(node) ?? this.#openBelow(node.parent, node);
    this.#open.delete(node);
    this.#open.set(node, dir);
    if (this.#open.size > openDirectories) this.#closeOldest();
    this.#last = { node, dir };
    return dir;
  }

  /** Whether the mode of a directory keeps its owner, who is unpacking, from filling it. */
  isLocked({ uid, permissions }: Stat): boolean {
    return uid === this.#user && (permissions & ownerMode) !== ownerMode;
  }

  #openBelow(parent: DirectoryNode, node: DirectoryNode): Dir {
    if (this.#user !== undefined) node.mode ??= this.#unlock(this.dir(parent), node.name);
    return this.#open.get(parent)?.openDir(node.name) ?? this.root.walk(node.path);
  }

  #closeOldest(): void {
    for (const [node, dir] of this.#open) {
      this.#open.delete(node);
      dir.close();
      return;
    }
  }

  /** Lets the owner of a directory fill it; answers its mode, `undefined` where that allows it already. */
  #unlock(dir: Dir, name: Name, stat: Stat = dir.lstat(name)): number | undefined {
    if (!this.isLocked(stat)) return undefined;
    dir.chmod(name, stat.permissions | ownerMode);
    return stat.permissions;
  }

  /** Gives a directory its attributes, but for a mode that would keep its owner from filling it, which comes at the end. */
  describe(node: DirectoryNode, attributes: Attributes, report: Report): void {
    const { mode } = attributes;
    const locks = this.#user !== undefined && (mode & ownerMode) !== ownerMode;
    setByDescriptor(this.fs, this.dir(node).fd, locks ? { ...attributes, mode: mode | ownerMode } : attributes, report);
    node.mode = locks ? mode : undefined;
  }

  /** Makes a non-directory under a name, in the place of whatever has it. `make` must refuse a name that is taken. */
  place(parent: DirectoryNode, name: Name, make: (dir: Dir) => void): void {
    const dir = this.dir(parent);
    try {
      make(dir);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
      this.remove(parent, name);
      make(this.dir(parent));
    }
    if (parent.givesAcl) dropInheritedAcls(this.dir(parent), name);
    parent.directories.delete(name);
    parent.members.add(name);
  }

  /** Makes a directory that only we may enter, under a name that is free. */
  makeDirectory(parent: DirectoryNode, name: Name): void {
    const dir = this.dir(parent);
    dir.mkdir(name, 0o700);
    if (parent.givesAcl) dropInheritedAcls(dir, name);
  }

  /** Removes a name with all that is below it; a name that is not there is fine. */
  remove(parent: DirectoryNode, name: Name): void {
    const dir = this.dir(parent);
    const stat = dir.lstatIfExists(name);
    if (stat !== undefined && isDirectory(stat.mode)) {
      this.#closeAll();
      this.#removeTree(this.dir(parent), name, stat);
    } else if (stat !== undefined) {
      dir.unlink(name);
      this.tally.removed(stat);
    }
    parent.directories.delete(name);
    parent.members.delete(name);
  }

  #removeTree(dir: Dir, name: Name, found: Stat): void {
    this.#unlock(dir, name, found);
    const below = dir.openDir(name);
    try {
      for (const entry of below.entries()) {
        const child = entry.name as Name;
        const stat = below.lstat(child);
        if (isDirectory(stat.mode)) {
          this.#removeTree(below, child, stat);
        } else {
          below.unlink(child);
          this.tally.removed(stat);
        }
      }
    } finally {
      below.close();
    }
    dir.rmdir(name);
  }

  #closeAll(): void {
    for (const dir of this.#open.values()) dir.close();
    this.#open.clear();
    this.#last = undefined;
  }

  close(): void {
    this.#closeAll();
    this.root.close();
  }
}
