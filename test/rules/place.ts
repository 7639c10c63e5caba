import {
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  S_IFCHR,
  S_IFIFO,
  SystemError,
  join,
  pathFromText,
  type Fd,
  type Path,
  type Stat,
  type SyscallHost,
} from '../../src/host/index.ts';

const privatePrefix = 'trusted.overlay.';

/** The directory that a rule works in: making and looking at what is below it. Paths are relative to it unless they begin with `/`. */
export class Place {
  readonly host: SyscallHost;
  readonly base: Path;

  constructor(host: SyscallHost, base: Path) {
    this.host = host;
    this.base = base;
  }

  p(relative: string): Path {
    return relative.startsWith('/') ? pathFromText(relative) : join(this.base, pathFromText(relative));
  }

  // Making

  /** Directories of mode 0755 with all above them. */
  dirs(...paths: readonly string[]): void {
    for (const path of paths) this.dir(path, 0o755);
  }

  dir(path: string, mode: number): void {
    this.#makeAbove(path);
    if (this.kind(path) === 'ENOENT') this.host.fs.mkdir(this.p(path), 0o755);
    this.host.fs.chmod(this.p(path), mode);
  }

  /** A file with all directories above it; `data` as UTF-8. */
  file(path: string, data = 'x', mode = 0o644): void {
    this.#makeAbove(path);
    this.write(path, data);
    this.host.fs.chmod(this.p(path), mode);
  }

  /** Opens for writing, as `>` of a shell does. */
  write(path: string, data: string): void {
    const fd = this.host.fs.open(this.p(path), O_WRONLY | O_CREAT | O_TRUNC, 0o644);
    try {
      this.host.fs.writeAll(fd, Buffer.from(data));
    } finally {
      this.host.fs.close(fd);
    }
  }

  whiteout(path: string): void {
    this.#makeAbove(path);
    this.host.fs.mknod(this.p(path), S_IFCHR, 0);
  }

  setx(path: string, name: string, value = 'y'): void {
    this.host.fs.lsetxattr(this.p(path), name, Buffer.from(value, 'latin1'));
  }

  opaque(path: string, value = 'y'): void {
    this.setx(path, 'trusted.overlay.opaque', value);
  }

  link(from: string, to: string): void {
    this.host.fs.link(this.p(from), this.p(to));
  }

  symlink(target: string, path: string): void {
    this.host.fs.symlink(pathFromText(target), this.p(path));
  }

  /** A new object, empty, in a directory that is there. */
  make(kind: 'reg' | 'dir' | 'lnk' | 'fifo', path: string): void {
    const { fs } = this.host;
    if (kind === 'reg') fs.close(fs.open(this.p(path), O_WRONLY | O_CREAT | O_EXCL, 0o644));
    else if (kind === 'dir') fs.mkdir(this.p(path), 0o755);
    else if (kind === 'lnk') this.symlink('t', path);
    else fs.mknod(this.p(path), S_IFIFO | 0o644, 0);
  }

  /** Sets access and modification time, in seconds. */
  times(path: string, atime: number, mtime = atime): void {
    this.host.fs.lutimens(this.p(path), { sec: atime, nsec: 0 }, { sec: mtime, nsec: 0 });
  }

  #makeAbove(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && this.kind(path.slice(0, slash)) === 'ENOENT') this.dirs(path.slice(0, slash));
  }

  // Looking

  /** The type of a name: `dir`, `reg`, `lnk`, `whiteout` …; or the errno of lstat. */
  kind(path: string): string {
    const answer = this.value(() => this.stat(path));
    if (typeof answer === 'string') return answer;
    return answer.type === 'character-device' && answer.rdev === 0 ? 'whiteout' : shortTypes[answer.type];
  }

  kinds(...paths: readonly string[]): string[] {
    return paths.map((path) => this.kind(path));
  }

  stat(path: string): Stat {
    return this.host.fs.lstat(this.p(path));
  }

  ino(path: string): bigint {
    return this.stat(path).ino;
  }

  /** The names in a directory, sorted; those that readdir(3) skips are left out. */
  ls(path: string): string[] {
    return this.host.fs
      .readdir(this.p(path))
      .filter(({ ino }) => ino !== 0n)
      .map(({ name }) => name)
      .sort();
  }

  read(path: string): string {
    const fd = this.host.fs.open(this.p(path), O_RDONLY);
    try {
      return this.readFd(fd);
    } finally {
      this.host.fs.close(fd);
    }
  }

  readFd(fd: Fd): string {
    const buffer = Buffer.alloc(4096);
    return buffer.subarray(0, this.host.fs.read(fd, buffer)).toString('latin1');
  }

  /** All extended attributes, sorted by name. */
  xattrs(path: string): Record<string, string> {
    const names = [...this.host.fs.llistxattr(this.p(path))].sort();
    return Object.fromEntries(names.map((name) => [name, this.getx(path, name)]));
  }

  getx(path: string, name: string): string {
    return Buffer.from(this.host.fs.lgetxattr(this.p(path), name)).toString('latin1');
  }

  /** Overlay's private attributes, without their prefix. */
  marks(path: string, prefix = privatePrefix): Record<string, string> {
    const own = Object.entries(this.xattrs(path)).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
  }

  markNames(path: string, prefix = privatePrefix): string[] {
    return Object.keys(this.marks(path, prefix));
  }

  /** Everything below a directory: kind by relative path. */
  tree(path = 'u'): Record<string, string> {
    return Object.fromEntries(this.#walk(path, '').map((relative) => [relative, this.kind(`${path}/${relative}`)]));
  }

  /** The same with the names of the private attributes: `dir impure origin`. */
  markedTree(path = 'u'): Record<string, string> {
    const entries = this.#walk(path, '').map((relative) => {
      const entry = `${path}/${relative}`;
      return [relative, [this.kind(entry), ...this.markNames(entry)].join(' ')] as const;
    });
    return Object.fromEntries(entries);
  }

  #walk(path: string, relative: string): string[] {
    const found: string[] = [];
    for (const name of this.ls(`${path}/${relative}`)) {
      const entry = relative === '' ? name : `${relative}/${name}`;
      found.push(entry);
      if (this.kind(`${path}/${entry}`) === 'dir') found.push(...this.#walk(path, entry));
    }
    return found.sort();
  }

  /** The names in the index, temporary ones aside. */
  indexEntries(): string[] {
    return this.ls('w/index').filter((name) => !name.startsWith('#'));
  }

  /** What a call answers, or the errno. */
  value<Answer>(call: () => Answer): Answer | string {
    try {
      return call();
    } catch (error) {
      return codeOf(error);
    }
  }
}

const shortTypes = {
  file: 'reg',
  directory: 'dir',
  symlink: 'lnk',
  'character-device': 'chr',
  'block-device': 'blk',
  fifo: 'fifo',
  socket: 'sock',
} as const;

/** The name of the errno that a call failed with. */
export function codeOf(error: unknown): string {
  if (error instanceof SystemError) return error.code;
  throw error;
}
