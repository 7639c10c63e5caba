import {
  DT_DIR,
  DT_REG,
  isDevice,
  isDirectory,
  isRegular,
  isSymlink,
  isSystemError,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  S_IFIFO,
  S_IFMT,
  S_IFSOCK,
  SystemError,
  textFromPath,
  type Dir,
  type Dirent,
  type Fd,
  type Host,
  type Name,
  type Path,
  type Stat,
} from '../../host/index.ts';
import { isWhiteoutDevice } from '../archive/lower-stack.ts';
import { Pace } from '../files/pace.ts';
import type { Quirk } from '../quirks.ts';
import { Attributes, type XattrRule } from './attributes.ts';
import { ContentCopier } from './content.ts';
import { FirstNames } from './first-names.ts';

/** How a tree is copied. */
export interface CopyOptions {
  /**
   * `copy`: every file is a new one. `link`: regular files get a further name in the copy, so that both trees share them;
   * where the kernel refuses that (EMLINK, and EXDEV and EPERM across quotas and owners), the file is copied.
   * `link-or-fail`: there the copy fails, as Docker's does.
   */
  readonly files: 'copy' | 'link' | 'link-or-fail';
  /** Whether names of one file are names of one file in the copy; without it they are. */
  readonly hardLinks?: 'keep' | 'split';
  /**
   * `set-before-content`: a directory's time is set before its content is made, which changes it again, as Docker 1.10
   * did; without it the time is kept.
   */
  readonly directoryTimes?: 'keep' | 'set-before-content';
  /** What a socket is in the copy: a socket, or a fifo, as with Docker; without it the former. */
  readonly sockets?: Sockets;
  readonly xattrs: XattrRule;
  /** Takes warnings, one line each. */
  readonly warn: (message: string) => void;
}

type Sockets = 'keep' | 'as-fifos';

/** What the quirks say of sockets. */
export function socketsIn(quirks: ReadonlySet<Quirk>): Sockets {
  return quirks.has('sockets-as-fifos') ? 'as-fifos' : 'keep';
}

/**
 * Makes the directory `to`, which is there and empty, a copy of the directory `from` in every respect: content with its
 * holes, owners, modes, times to the nanosecond, devices, fifos, sockets, the extended attributes that the rule carries,
 * and which names are links of each other. The root's own attributes are copied too (graphdriver/copy: DirCopy).
 *
 * Three things are otherwise than with Docker. A socket stays a socket, where Docker makes a fifo of it (quirk
 * sockets-as-fifos), so that a copy shows no change. All that is no directory keeps its hard links, with Docker only regular
 * files do. And what vanishes meanwhile is passed over. As with Docker, devices are left out in a user namespace, whose kernel
 * does not let us make them; whiteouts it does.
 *
 * @throws SystemError, with the path in the tree: for instance EPERM where an ordinary user would have to make a file of another
 * owner, or a device, and EACCES where a mode keeps such a user from reading. The copy is incomplete then.
 */
export async function copyTree(host: Host, from: Path, to: Path, options: CopyOptions): Promise<void> {
  const source = host.fs.openRoot(from);
  try {
    const target = host.fs.openRoot(to);
    try {
      await new TreeCopier(host, target, options).copy(source);
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

class TreeCopier {
  readonly #host: Host;
  readonly #target: Dir;
  readonly #options: CopyOptions;
  readonly #attributes: Attributes;
  readonly #content: ContentCopier;
  readonly #firstNames: FirstNames;
  readonly #pace: Pace;
  /** The names that lead to the directory being copied. */
  readonly #parents: Name[] = [];
  /** The error that ends the copy, with the path that it is about. */
  #located: SystemError | undefined;

  constructor(host: Host, target: Dir, options: CopyOptions) {
    this.#host = host;
    this.#target = target;
    this.#options = options;
    this.#pace = new Pace(host.system);
    this.#attributes = new Attributes(host.fs, options.xattrs);
    this.#content = new ContentCopier(host.fs);
    this.#firstNames = new FirstNames(target, options.hardLinks);
  }

  copy(source: Dir): Promise<void> {
    return this.#fill(source, this.#target);
  }

  /** Copies what is in a directory, then its attributes, which every new name in it would change again. */
  async #fill(from: Dir, to: Dir): Promise<void> {
    const stat = from.stat();
    if (this.#options.directoryTimes === 'set-before-content') this.#attributes.toDescriptor(from.fd, stat, to.fd);
    for (const entry of from.entries()) {
      const turn = this.#pace.step();
      if (turn !== undefined) await turn;
      try {
        // Links are made here and now: a promise for each would take longer than the call.
        const rest = this.#entry(from, to, entry);
        if (rest !== undefined) await rest;
      } catch (error) {
        throw this.#locatedAt(entry, error);
      }
    }
    if (this.#options.directoryTimes !== 'set-before-content') this.#attributes.toDescriptor(from.fd, stat, to.fd);
  }

  /** The calls are on names in open directories; who reads of an error needs to know where those are. */
  #locatedAt({ name }: Dirent, error: unknown): unknown {
    if (!isSystemError(error) || error === this.#located) return error;
    this.#located = new SystemError(error.errno, `copy: ${error.syscall}`, ['', ...this.#parents, name].join('/'));
    return this.#located;
  }

  #entry(from: Dir, to: Dir, { name: bytes, type }: Dirent): Promise<void> | undefined {
    const name = bytes as Name;
    // The type that the directory tells saves a stat of most names.
    if (type === DT_REG) return this.#regular(from, to, name);
    if (type === DT_DIR) return this.#directory(from, to, name);
    const stat = from.lstatIfExists(name);
    if (stat === undefined) return undefined;
    if (isRegular(stat.mode)) return this.#regular(from, to, name);
    if (isDirectory(stat.mode)) return this.#directory(from, to, name);
    this.#special(from, to, name, stat);
    return undefined;
  }

  async #directory(parent: Dir, toParent: Dir, name: Name): Promise<void> {
    const from = ifThere(() => parent.openDir(name));
    if (from === undefined) return;
    try {
      toParent.mkdir(name, 0o700);
      const to = toParent.openDir(name);
      this.#parents.push(name);
      try {
        await this.#fill(from, to);
      } finally {
        this.#parents.pop();
        to.close();
      }
    } finally {
      from.close();
    }
  }

  #regular(from: Dir, to: Dir, name: Name): Promise<void> | undefined {
    const { files } = this.#options;
    const linked = files !== 'copy' && this.#linked(from, to, name);
    return linked ? undefined : this.#copyRegular(from, to, name);
  }

  #linked(from: Dir, to: Dir, name: Name): boolean {
    try {
      from.link(name, to, name);
      return true;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return true;
      if (this.#options.files === 'link' && isSystemError(error, 'EMLINK', 'EXDEV', 'EPERM')) return false;
      throw error;
    }
  }

  async #copyRegular(from: Dir, to: Dir, name: Name): Promise<void> {
    const { fs } = this.#host;
    // What has become a fifo meanwhile must not block us.
    const source = ifThere(() => from.open(name, O_RDONLY | O_NONBLOCK));
    if (source === undefined) return;
    try {
      const stat = fs.fstat(source);
      if (!isRegular(stat.mode) || this.#firstNames.link(stat, to, name)) return;
      await this.#writeCopy(source, stat, to, name);
      this.#firstNames.remember(stat, this.#parents, name);
    } finally {
      fs.close(source);
    }
  }

  async #writeCopy(source: Fd, stat: Stat, to: Dir, name: Name): Promise<void> {
    const { fs } = this.#host;
    const copy = to.open(name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      for (const steps of this.#content.copy(source, copy, stat)) await this.#pace.step(steps);
      this.#attributes.toDescriptor(source, stat, copy);
    } finally {
      fs.close(copy);
    }
  }

  /** Symlinks, devices, fifos and sockets. */
  #special(from: Dir, to: Dir, name: Name, stat: Stat): void {
    if (this.#firstNames.link(stat, to, name) || this.#isLeftOut(name, stat)) return;
    if (isSymlink(stat.mode)) to.symlink(from.readlink(name), name);
    else to.mknod(name, this.#modeOf(stat), stat.rdev);
    this.#attributes.toName(from, to, name, stat);
    this.#firstNames.remember(stat, this.#parents, name);
  }

  #modeOf({ mode }: Stat): number {
    const isFifo = this.#options.sockets === 'as-fifos' && (mode & S_IFMT) === S_IFSOCK;
    return isFifo ? S_IFIFO | (mode & ~S_IFMT) : mode;
  }

  #isLeftOut(name: Name, stat: Stat): boolean {
    const { system } = this.#host;
    if (!isDevice(stat.mode) || isWhiteoutDevice(stat) || !system.inUserNamespace()) return false;
    const path = ['', ...this.#parents, name].join('/');
    this.#options.warn(
      `the device ${JSON.stringify(textFromPath(path))} is left out: a user namespace cannot make devices`,
    );
    return true;
  }
}

/** What vanishes while the tree is copied is not in the copy; something else that took its name is not either. */
function ifThere<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
