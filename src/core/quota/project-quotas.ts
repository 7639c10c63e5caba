import {
  errorCode,
  errorText,
  isDirectory,
  isSystemError,
  join,
  O_DIRECTORY,
  O_RDONLY,
  S_IFBLK,
  textFromPath,
  type FileSystem,
  type Host,
  type Path,
  type SystemError,
} from '../../host/index.ts';

/** Projects cannot be limited here. The text is Docker's; another one says what has failed that should not. */
export class QuotaNotSupportedError extends Error {
  override readonly name = 'QuotaNotSupportedError';
  constructor(text = 'Filesystem does not support, or has not enabled quotas') {
    super(text);
  }
}

/** Of a block device node of the home's filesystem, as Docker calls it; quotactl(2) wants one. */
const deviceName = 'backingFsBlockDev';

/** The units of quotactl(2), in bytes. */
const blockSize = 512;

/**
 * Limits on what directories of a home may hold, as projects of ext4 and xfs (moby's quota package, graph-drivers.md 1.6).
 * Which ids are taken is read from the directories each time, so that processes that share a home agree.
 */
export class ProjectQuotas {
  readonly #fs: FileSystem;
  readonly #home: Path;

  private constructor(fs: FileSystem, home: Path) {
    this.#fs = fs;
    this.#home = home;
  }

  /** Tries what limits need on an existing home; where they are not to be had, nothing is left there. @throws QuotaNotSupportedError */
  static open({ fs, system }: Host, home: Path): ProjectQuotas {
    if (system.inUserNamespace()) throw new QuotaNotSupportedError();
    const quotas = new ProjectQuotas(fs, home);
    quotas.#makeDevice();
    // Docker tries it on the lowest id, which a layer may have, and so takes that layer's limit away.
    const free = quotas.#nextProject();
    try {
      fs.setProjectQuota(quotas.#device, free, 0);
    } catch (error) {
      fs.unlink(quotas.#device);
      if (!isSystemError(error)) throw error;
      if (!isSystemError(error, 'EFAULT', 'ENOENT', 'ENOTBLK', 'EPERM')) throw new QuotaNotSupportedError();
      const what = `failed to set quota limit for projid ${free} on ${textFromPath(quotas.#device)}`;
      throw new QuotaNotSupportedError(`${what}: ${textOf(error)}`);
    }
    return quotas;
  }

  /** Limits what a directory, empty as yet, may hold, in bytes; a block at least, for none were no limit. Runs under the home's lock, which no two get one id under. */
  limit(directory: Path, bytes: number): void {
    const id = this.#nextProject();
    const fd = this.#fs.open(directory, O_RDONLY | O_DIRECTORY);
    try {
      this.#fs.setProject(fd, { id, inherits: true });
    } finally {
      this.#fs.close(fd);
    }
    this.#fs.setProjectQuota(this.#device, id, Math.max(1, Math.floor(bytes / blockSize)));
  }

  get #device(): Path {
    return join(this.#home, deviceName);
  }

  /** The device may be another one than when the node was made. */
  #makeDevice(): void {
    const { dev } = this.#fs.stat(this.#home);
    const found = this.#fs.lstatIfExists(this.#device);
    if (found?.type === 'block-device' && found.rdev === dev) return;
    if (found !== undefined) this.#fs.unlink(this.#device);
    try {
      this.#fs.mknod(this.#device, S_IFBLK | 0o600, dev);
    } catch (error) {
      if (!isSystemError(error, 'EPERM', 'ENOSYS')) throw error;
      throw new QuotaNotSupportedError();
    }
  }

  /** An id above all that directories of the home have, and those in directories without a project of their own. */
  #nextProject(): number {
    const base = projectOf(this.#fs, this.#home);
    let highest = base;
    for (const directory of directoriesIn(this.#fs, this.#home)) {
      const id = projectOf(this.#fs, directory);
      highest = Math.max(highest, id);
      if (id !== 0 && id !== base) continue;
      for (const below of directoriesIn(this.#fs, directory)) highest = Math.max(highest, projectOf(this.#fs, below));
    }
    return highest + 1;
  }
}

/** The project of a directory; 0 is none, also where the filesystem has no projects, and where it is gone. */
export function projectOf(fs: FileSystem, directory: Path): number {
  try {
    const fd = fs.open(directory, O_RDONLY | O_DIRECTORY);
    try {
      return fs.getProject(fd).id;
    } finally {
      fs.close(fd);
    }
  } catch (error) {
    if (isSystemError(error, 'ENOTTY', 'EOPNOTSUPP', 'ENOSYS', 'ENOENT')) return 0;
    throw error;
  }
}

/** Others may remove what was listed. */
function directoriesIn(fs: FileSystem, directory: Path): readonly Path[] {
  try {
    const paths = fs.readdir(directory).map(({ name }) => join(directory, name));
    return paths.filter((path) => {
      const stat = fs.lstatIfExists(path);
      return stat !== undefined && isDirectory(stat.mode);
    });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The errno's text alone, as Docker prints it. */
function textOf({ errno }: SystemError): string {
  const code = errorCode(-errno);
  return code === undefined ? `errno ${-errno}` : errorText(code);
}
