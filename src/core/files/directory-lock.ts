import {
  errno,
  LOCK_EX,
  LOCK_NB,
  O_DIRECTORY,
  O_RDONLY,
  SystemError,
  type Fd,
  type Host,
  type Path,
} from '../../host/index.ts';

/** How long one waits for a lock in all, and at most between two attempts, in milliseconds. */
const patience = 30_000;
const longestPause = 64;

/** The lock was held by another process for all the time that one waits. Nothing was changed. */
export class LockTimeoutError extends SystemError {
  constructor(directory: Path) {
    super(errno.EAGAIN, 'flock', directory);
    this.message += `: another process held the lock for ${patience / 1000} s; find it with \`lslocks\``;
  }
}

/**
 * An exclusive lock between processes, and between drivers in one process: flock(2) on a directory that is there anyway,
 * so that no lock files are left. The kernel lets go of it when a process ends, however it ends.
 */
export class DirectoryLock {
  readonly #host: Host;
  readonly #directory: Path;

  constructor(host: Host, directory: Path) {
    this.#host = host;
    this.#directory = directory;
  }

  /**
   * Runs `action`, with the directory's descriptor, while holding the lock. It is synchronous, so that nobody holds a lock while waiting for anything, and
   * two calls within one process never wait for each other.
   * @throws LockTimeoutError
   */
  async run<T>(action: (directory: Fd) => T): Promise<T> {
    const { fs } = this.#host;
    const fd = fs.open(this.#directory, O_RDONLY | O_DIRECTORY);
    try {
      if (!fs.flock(fd, LOCK_EX | LOCK_NB)) await this.#waitFor(fd);
      return action(fd);
    } finally {
      fs.close(fd);
    }
  }

  async #waitFor(fd: Fd): Promise<void> {
    let waited = 0;
    for (let pause = 1; waited < patience; pause = Math.min(pause * 2, longestPause)) {
      await this.#host.system.sleep(pause);
      waited += pause;
      if (this.#host.fs.flock(fd, LOCK_EX | LOCK_NB)) return;
    }
    throw new LockTimeoutError(this.#directory);
  }
}
