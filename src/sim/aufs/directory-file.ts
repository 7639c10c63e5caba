import { errno } from '../../host/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../host/constants.ts';
import { closeFile } from '../vfs/file.ts';
import { positive } from '../vfs/mount.ts';
import { FileOperations, type DirContext, type OpenFile } from '../vfs/open-file.ts';
import type { Loader, SavedValue } from '../vfs/snapshot.ts';
import { aufsInode, type AufsInode } from './aufs-inode.ts';
import type { Branch } from './branch.ts';
import { isReserved, whiteoutPrefix } from './names.ts';
import { openBranchDirectory, readOpen } from './read-branch.ts';

/** Opens a directory with all its parts. */
export function openDirectory(file: OpenFile): FileOperations | number {
  const inode = aufsInode(file.dentry);
  const opened = openParts(file, inode);
  return typeof opened === 'number' ? opened : new DirectoryOperations(opened);
}

type OpenParts = ReadonlyMap<Branch, OpenFile>;

function openParts(file: OpenFile, inode: AufsInode): OpenParts | number {
  const opened = new Map<Branch, OpenFile>();
  for (const part of inode.parts) {
    // Below the topmost part dirperm1 asks for no permission.
    const asKernel = opened.size > 0 && inode.sb.options.dirperm1;
    const real = openBranchDirectory(asKernel ? inode.sb.kernelCredentials : file.cred, part);
    if (typeof real === 'number') {
      for (const each of opened.values()) closeFile(each);
      return real;
    }
    opened.set(part.branch, real);
  }
  return opened;
}

/** An entry as it is shown. */
interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
}

/**
 * One open directory. The list of its entries is made when it is read from the beginning, and kept until then: positions are
 * places in the list (struct au_vdir).
 */
class DirectoryOperations extends FileOperations {
  #opened: OpenParts;
  #entries: readonly Entry[] | undefined;

  constructor(opened: OpenParts) {
    super();
    this.#opened = opened;
  }

  override canIterate(): boolean {
    return true;
  }

  override iterate(file: OpenFile, context: DirContext): number {
    const inode = aufsInode(file.dentry);
    if (context.pos === 0 || this.#entries === undefined) {
      const entries = this.#read(file, inode);
      if (typeof entries === 'number') return entries;
      this.#entries = entries;
    }
    for (const { name, ino, type } of this.#entries.slice(context.pos)) {
      if (!context.emit(name, ino, type)) return 0;
      context.pos += 1;
    }
    return 0;
  }

  override llseek(file: OpenFile, offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return -errno.EINVAL;
    const target = whence === SEEK_CUR ? file.pos + offset : offset;
    if (target < 0) return -errno.EINVAL;
    file.pos = target;
    return target;
  }

  override read(): number {
    return -errno.EISDIR;
  }

  override fsync(_file: OpenFile, what: 'all' | 'data'): number {
    for (const [{ writable }, real] of this.#opened) {
      const answer = writable ? real.ops.fsync(real, what) : 0;
      if (answer < 0) return answer;
    }
    return 0;
  }

  override release(): void {
    for (const real of this.#opened.values()) closeFile(real);
  }

  override save(): SavedValue | undefined {
    return this.#entries?.map(({ name, ino, type }) => [name, ino, type]);
  }

  override restore(_file: OpenFile, saved: SavedValue, _loader: Loader): void {
    this.#entries = (saved as readonly (readonly [string, number, number])[]).map(([name, ino, type]) => ({
      name,
      ino,
      type,
    }));
  }

  /** The parts that there are by now: the directory may have been copied up, or got a branch, since it was opened. */
  #refresh(file: OpenFile, inode: AufsInode): number {
    const isSame = inode.parts.every(({ branch, dentry }) => this.#opened.get(branch)?.inode === dentry.inode);
    if (isSame && inode.parts.length === this.#opened.size) return 0;
    const opened = openParts(file, inode);
    if (typeof opened === 'number') return opened;
    this.release();
    this.#opened = opened;
    return 0;
  }

  #read(file: OpenFile, inode: AufsInode): readonly Entry[] | number {
    const refreshed = this.#refresh(file, inode);
    if (refreshed < 0) return refreshed;
    const listing = new Listing(inode);
    for (const [branch, real] of this.#opened) {
      const answer = listing.add(branch, real);
      if (answer < 0) return answer;
    }
    return listing.entries;
  }
}

/** The entries of all parts, the topmost first: each name once, without what is hidden and without aufs's own names. */
class Listing {
  readonly entries: Entry[] = [];
  readonly #inode: AufsInode;
  readonly #lowest: Branch | undefined;
  readonly #known = new Set<string>();
  readonly #hidden = new Set<string>();

  constructor(inode: AufsInode) {
    this.#inode = inode;
    this.#lowest = inode.parts.at(-1)?.branch;
  }

  add(branch: Branch, real: OpenFile): number {
    const entries = readOpen(real);
    if (typeof entries === 'number') return entries;
    const hides = branch !== this.#lowest && branch.honoursWhiteouts;
    for (const { name, ino, type } of entries) {
      if (!isReserved(name)) this.#show(real, name, Number(ino), type);
      else if (hides) this.#hidden.add(name.slice(whiteoutPrefix.length));
    }
    return 0;
  }

  #show(real: OpenFile, name: string, ino: number, type: number): void {
    if (this.#known.has(name) || this.#hidden.has(name)) return;
    this.#known.add(name);
    const { sb } = positive(real.dentry);
    this.entries.push({ name, ino: this.#inode.sb.numbers.findOrTake(sb, ino), type });
  }
}
