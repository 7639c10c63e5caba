import {
  isSystemError,
  join,
  LOCK_EX,
  LOCK_NB,
  O_DIRECTORY,
  O_RDONLY,
  type Fd,
  type Host,
  type Path,
} from '../../host/index.ts';
import { detachMountsBelow } from '../mounts/mount-points.ts';
import { randomName } from './random-name.ts';
import { realPath } from './real-path.ts';
import { removeTree } from './remove-tree.ts';

const stagingPrefix = '.staging-';

/** Names to try: one is lost only to somebody who clears away between our mkdir and our flock. */
const attempts = 16;

/**
 * A directory in which something is built aside, on the filesystem where it will live. Its maker holds a lock on it
 * (flock on the directory itself, which ends with the process), so that whoever finds one without a lock knows that it
 * was left by a crash and may clear it away.
 */
export class Staging {
  readonly directory: Path;
  /** The open directory, with the lock. */
  readonly fd: Fd;
  readonly #host: Host;

  private constructor(host: Host, directory: Path, fd: Fd) {
    this.#host = host;
    this.directory = directory;
    this.fd = fd;
  }

  /** Makes a new one, 0700, in `parent`, whose name begins with `prefix`. */
  static create(host: Host, parent: Path, prefix = stagingPrefix): Staging {
    for (let attempt = 1; ; attempt += 1) {
      const directory = join(parent, prefix + randomName(host.system));
      host.fs.mkdir(directory, 0o700);
      try {
        const lock = tryLock(host, directory);
        if (lock !== undefined) return new Staging(host, directory, lock);
      } catch (error) {
        removeEmpty(host, directory);
        throw error;
      }
      if (attempt === attempts) throw new Error(`cannot keep a staging directory in '${parent}'`);
    }
  }

  /** Those in `parent` that a crash has left, each locked for the caller. */
  static takeOver(host: Host, parent: Path, prefix = stagingPrefix): readonly Staging[] {
    const names = host.fs.readdir(parent).map(({ name }) => name);
    const found: Staging[] = [];
    for (const name of names.filter((each) => each.startsWith(prefix))) {
      const lock = tryLock(host, join(parent, name));
      if (lock !== undefined) found.push(new Staging(host, join(parent, name), lock));
    }
    return found;
  }

  /** Those in `parent` that a crash has left; nobody's lock is taken for longer than it takes to look. */
  static abandoned(host: Host, parent: Path, prefix = stagingPrefix): readonly Path[] {
    return Staging.takeOver(host, parent, prefix).map((staging) => {
      host.fs.close(staging.fd);
      return staging.directory;
    });
  }

  /** Removes the directory, which is empty again, and lets go of the lock. */
  removeEmpty(): void {
    try {
      this.#host.fs.rmdir(this.directory);
    } finally {
      this.#host.fs.close(this.fd);
    }
  }

  /** Removes the directory, unless it was renamed, with all that is in it, and lets go of the lock. A mount in it is EBUSY. */
  async remove(): Promise<void> {
    try {
      if (this.#host.fs.lstatIfExists(this.directory) !== undefined) await removeTree(this.#host, this.directory);
    } finally {
      this.#host.fs.close(this.fd);
    }
  }

  /** `remove`, with what a crash may have left mounted in it. */
  async unmountAndRemove(): Promise<void> {
    detachMountsBelow(this.#host, realPath(this.#host.fs, this.directory));
    await this.remove();
  }
}

/** The lock on a directory that is still there; `undefined` where another holds it, or where it is gone. */
function tryLock(host: Host, directory: Path): Fd | undefined {
  const { fs } = host;
  const fd = fs.openIfExists(directory, O_RDONLY | O_DIRECTORY);
  if (fd === undefined) return undefined;
  try {
    // The names are random: what is there under this one is what was opened.
    if (fs.flock(fd, LOCK_EX | LOCK_NB) && fs.lstatIfExists(directory) !== undefined) return fd;
  } catch (error) {
    fs.close(fd);
    throw error;
  }
  fs.close(fd);
  return undefined;
}

function removeEmpty(host: Host, directory: Path): void {
  try {
    host.fs.rmdir(directory);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
