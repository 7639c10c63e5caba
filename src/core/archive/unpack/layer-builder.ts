import {
  basename,
  dirname,
  isDirectory,
  isRegular,
  isSymlink,
  isSystemError,
  makedev,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
  S_IFCHR,
  type Dir,
  type Fd,
  type Name,
  type Path,
  type Stat,
} from '../../../host/index.ts';
import { ContentCopier } from '../../copy/content.ts';
import { ownerMode, type Owner } from '../../files/directory.ts';
import { isWhiteoutDevice, opaqueXattr, type LowerEntry } from '../lower-stack.ts';
import type { OverlayXattrs } from '../options.ts';
import {
  attributesOf,
  defaultAclXattr,
  dropInheritedAcls,
  removeXattrs,
  setByName,
  type Report,
} from './attributes.ts';
import type { Below } from './below.ts';
import type { DirectoryNode } from './directory-node.ts';
import { InodeNames } from './inode-names.ts';
import type { Target } from './target.ts';

const opaqueValue = Uint8Array.of(0x79);
const noAttributes: ReadonlyMap<string, Uint8Array> = new Map();

/** What all new things in a layer are that no member describes. */
export interface Unmentioned {
  /** Who owns them: the root of containers. */
  readonly root: Owner;
  /** What directories are (B2). */
  readonly directories: Owner & { readonly mode: number };
  /** Whether a directory in the place of a whiteout or of a file shows nothing from below. */
  readonly replacing: 'opaque' | 'plain';
}

/**
 * The steps that change the layer's directory besides making members: bringing in directories and files from below, whiteouts
 * and opaque marks. `overlay` says in which namespace marks are written; without it whiteouts leave nothing behind.
 */
export class LayerBuilder {
  readonly #target: Target;
  readonly #below: Below;
  readonly #overlay: OverlayXattrs | undefined;
  readonly #unmentioned: Unmentioned;
  readonly #report: Report;
  #names: InodeNames | undefined;
  #content: ContentCopier | undefined;
  /** Inodes that have taken the place of the parent's. */
  readonly #parted = new Set<bigint>();

  constructor(
    target: Target,
    below: Below,
    overlay: OverlayXattrs | undefined,
    unmentioned: Unmentioned,
    report: Report,
  ) {
    this.#target = target;
    this.#below = below;
    this.#overlay = overlay;
    this.#unmentioned = unmentioned;
    this.#report = report;
  }

  /** Who owns what no member describes. */
  get root(): Owner {
    return this.#unmentioned.root;
  }

  /** Brings a planned directory, and those above it, into the target. */
  bringIn(node: DirectoryNode): DirectoryNode {
    if (node.present || node.parent === undefined) return node;
    this.bringIn(node.parent);
    const entry = node.origin === 'inherited' ? this.#below.entry(node.parent, node.name) : undefined;
    this.makeDirectory(node.parent, node);
    if (entry === undefined || entry === 'unknown') this.#setImplied(node);
    else this.#inherit(node.parent, node, entry);
    return node;
  }

  /**
   * Makes the directory of a node. In the place of a whiteout or of a file it is a new one, which shows nothing from below
   * (A1, A2, B8). Answers whether it was made, or was there as a directory already.
   */
  makeDirectory(parent: DirectoryNode, node: DirectoryNode): 'made' | 'existed' {
    const { name } = node;
    node.present = true;
    try {
      this.#target.makeDirectory(parent, name);
      return 'made';
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
    if (isDirectory(this.#target.dir(parent).lstat(name).mode)) return 'existed';
    this.#target.remove(parent, name);
    parent.directories.set(name, node);
    this.#target.makeDirectory(parent, name);
    if (this.#unmentioned.replacing === 'opaque') this.#markNew(parent, node);
    return 'made';
  }

  #markNew(parent: DirectoryNode, node: DirectoryNode): void {
    if (this.#below.wouldMerge(parent, node.name)) this.markOpaque(node);
    node.cutOff();
  }

  #setImplied(node: DirectoryNode): void {
    this.#target.describe(node, { ...this.#unmentioned.directories, xattrs: noAttributes }, this.#report);
  }

  /** An unmentioned directory is not changed: it gets all that the one below has, its time included (B1, B3). */
  #inherit(parent: DirectoryNode, node: DirectoryNode, entry: LowerEntry): void {
    const attributes = attributesOf(this.#below.openNearest(parent, entry), node.name, entry.stat);
    this.#target.describe(node, attributes, this.#report);
    node.givesAcl = attributes.xattrs.some(([name]) => name === defaultAclXattr);
    node.times = { atime: entry.stat.atime, mtime: entry.stat.mtime };
  }

  /** Makes an inherited directory as if it were new, because what it inherited from is gone. */
  renew(node: DirectoryNode): void {
    if (node.origin !== 'inherited') return;
    const { fs } = this.#target;
    const { fd } = this.#target.dir(node);
    removeXattrs(fs, fd, noAttributes);
    this.#setImplied(node);
    fs.futimens(fd, 'now', 'now');
    node.origin = 'implied';
    node.times = undefined;
    node.givesAcl = false;
  }

  /** Marks a directory so that overlayfs shows nothing from below in it. */
  markOpaque(node: DirectoryNode): void {
    if (this.#overlay === undefined) return;
    this.#target.fs.fsetxattr(this.#target.dir(node).fd, opaqueXattr(this.#overlay), opaqueValue);
  }

  /** Puts a whiteout where a name was hidden, in a layer of overlayfs. */
  putWhiteout(parent: DirectoryNode, name: Name, owner: Owner): void {
    if (this.#overlay === undefined) return;
    const dir = this.#target.dir(this.bringIn(parent));
    dir.mknod(name, S_IFCHR, makedev(0, 0));
    if (parent.givesAcl) dropInheritedAcls(dir, name);
    dir.lchown(name, owner.uid, owner.gid);
  }

  /** Whether the target has a whiteout under this name. */
  hasWhiteout(parent: DirectoryNode, name: Name): boolean {
    if (this.#overlay === undefined || !parent.present) return false;
    const stat = this.#target.dir(parent).lstatIfExists(name);
    return stat !== undefined && isWhiteoutDevice(stat);
  }

  /** Copies a file of a layer below into the target, as a union mount does before it is changed (A10). */
  copyUp(parent: DirectoryNode, name: Name, entry: LowerEntry): void {
    this.bringIn(parent);
    const source = this.#below.openNearest(parent, entry);
    const { stat } = entry;
    if (isRegular(stat.mode)) {
      this.#copyFile(parent, name, source.open(name, O_RDONLY), stat);
    } else if (isSymlink(stat.mode)) {
      const target = source.readlink(name);
      this.#target.dir(parent).symlink(target, name);
      this.#target.tally.add(target.length);
    } else {
      this.#target.dir(parent).mknod(name, stat.mode, stat.rdev);
    }
    const dir = this.#target.dir(parent);
    if (parent.givesAcl) dropInheritedAcls(dir, name);
    const type = isSymlink(stat.mode) ? 'symlink' : 'other';
    setByName(dir, name, attributesOf(source, name, stat), this.#report, type);
    dir.lutimens(name, stat.atime, stat.mtime);
  }

  /**
   * Gives a name an inode of its own, so that what happens to it does not happen to the parent layer, which shares the
   * inode (A11). Its other names in the tree stay its names.
   */
  breakLink(parent: DirectoryNode, name: Name): void {
    const dir = this.#target.dir(parent);
    const stat = dir.lstat(name);
    if (stat.nlink < 2 || !isRegular(stat.mode) || this.#parted.has(stat.ino)) return;
    const attributes = attributesOf(dir, name, stat);
    const source = dir.open(name, O_RDONLY);
    // Asked before this name goes, without which the file may have one name only.
    this.#names ??= new InodeNames(this.#target.root);
    dir.unlink(name);
    this.#copyFile(parent, name, source, stat);
    setByName(dir, name, attributes, this.#report, 'other');
    dir.lutimens(name, stat.atime, stat.mtime);
    this.#parted.add(dir.lstat(name).ino);
    this.#linkOtherNames(stat, this.#names.of(stat.ino), parent, name);
  }

  #linkOtherNames(old: Stat, names: readonly Path[], parent: DirectoryNode, name: Name): void {
    const { root } = this.#target;
    for (const path of names) {
      const above = dirname(path);
      const dir = openIfThere(() => root.walk(above === '.' ? ('' as Path) : above));
      if (dir === undefined) continue;
      try {
        this.#linkOtherName(old, dir, basename(path) as Name, { parent, name });
      } finally {
        dir.close();
      }
    }
  }

  /** The directory of the other name is not changed by that, and keeps its time (B3); an ordinary user's has to let that happen. */
  #linkOtherName(
    old: Stat,
    dir: Dir,
    other: Name,
    { parent, name }: { readonly parent: DirectoryNode; readonly name: Name },
  ): void {
    const found = dir.lstatIfExists(other);
    if (found?.ino !== old.ino || found.dev !== old.dev) return;
    const { fs } = this.#target;
    const stat = dir.stat();
    const locked = this.#target.isLocked(stat);
    if (locked) fs.fchmod(dir.fd, stat.permissions | ownerMode);
    dir.unlink(other);
    this.#target.dir(parent).link(name, dir, other);
    if (locked) fs.fchmod(dir.fd, stat.permissions);
    fs.futimens(dir.fd, 'omit', stat.mtime);
  }

  /** Copies the content of `source` into a new file, and closes both. */
  #copyFile(parent: DirectoryNode, name: Name, source: Fd, stat: Stat): void {
    const { fs } = this.#target;
    try {
      const copy = this.#target.dir(parent).open(name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
      try {
        this.#content ??= new ContentCopier(fs);
        // At once: more of the archive can come only when this is done.
        for (const steps = this.#content.copy(source, copy, stat); steps.next().done !== true;);
        this.#target.tally.add(stat.size);
      } finally {
        fs.close(copy);
      }
    } finally {
      fs.close(source);
    }
  }
}

/** A directory that the archive has replaced meanwhile holds the file's name no more. */
function openIfThere(open: () => Dir): Dir | undefined {
  try {
    return open();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}
