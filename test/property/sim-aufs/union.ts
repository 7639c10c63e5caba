import {
  isSystemError,
  join,
  MS_REMOUNT,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  type Fd,
  type Path,
  type Stat,
} from '../../../src/host/index.ts';
import { linux419Aufs, SimHost, SimMachine } from '../../../src/sim/index.ts';

/** A file or directory of a branch, by its path: the content of a file, `undefined` for a directory. */
export type Content = Readonly<Record<string, string | undefined>>;

export function path(text: string): Path {
  return text as Path;
}

/** A machine with the writable branch /rw, the read-only branches /ro0, /ro1 … from the top down, and /union to mount on. */
export class Branches {
  readonly host: SimHost;

  constructor(rw: Content, ...ros: readonly Content[]) {
    const machine = SimMachine.boot({ profile: linux419Aufs });
    this.host = new SimHost(machine);
    const { fs } = this.host;
    for (const directory of ['/union', '/dev', '/dev/shm', '/rw']) fs.mkdir(path(directory), 0o755);
    this.fill('/rw', rw);
    for (const [index, content] of ros.entries()) {
      fs.mkdir(path(`/ro${index}`), 0o755);
      this.fill(`/ro${index}`, content);
    }
  }

  /** Mounts the branches as Docker does. */
  mount(options = 'dio,xino=/dev/shm/aufs.xino'): this {
    const ros = this.host.fs.readdir(path('/')).filter(({ name }) => name.startsWith('ro'));
    const names = ros.map(({ name }) => `:/${name}=ro+wh`).sort();
    this.mountData(`br:/rw=rw${names.join('')},${options}`);
    return this;
  }

  mountData(data: string, flags = 0): void {
    this.host.mount.mount('none', path('/union'), 'aufs', flags, data);
  }

  remount(data: string): void {
    this.mountData(data, MS_REMOUNT);
  }

  unmount(): void {
    this.host.mount.umount2(path('/union'), 0);
  }

  fill(root: string, content: Content): void {
    for (const [name, text] of Object.entries(content)) {
      const at = join(path(root), name);
      if (text === undefined) this.host.fs.mkdir(at, 0o755);
      else this.write(at, text);
    }
  }

  write(at: string, text: string): void {
    const fd = this.host.fs.open(path(at), O_WRONLY | O_CREAT | O_TRUNC, 0o644);
    this.host.fs.writeAll(fd, Buffer.from(text));
    this.host.fs.close(fd);
  }

  open(at: string, flags: number): Fd {
    return this.host.fs.open(path(at), flags);
  }

  read(at: string): string {
    const fd = this.host.fs.open(path(at), O_RDONLY);
    try {
      return this.readFd(fd);
    } finally {
      this.host.fs.close(fd);
    }
  }

  readFd(fd: Fd): string {
    const buffer = Buffer.alloc(65536);
    return buffer.toString('latin1', 0, this.host.fs.pread(fd, buffer, 0));
  }

  /** The names in a directory, sorted. */
  names(at: string): readonly string[] {
    return this.host.fs
      .readdir(path(at))
      .map(({ name }) => name)
      .sort();
  }

  stat(at: string): Stat {
    return this.host.fs.lstat(path(at));
  }

  exists(at: string): boolean {
    return this.host.fs.lstatIfExists(path(at)) !== undefined;
  }
}

/** The errno that a call fails with, `done` where it does not fail. */
export function outcome(call: () => void): string {
  try {
    call();
    return 'done';
  } catch (error) {
    if (isSystemError(error)) return error.code;
    throw error;
  }
}
