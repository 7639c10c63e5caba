import { escapeLayer } from '../mounts/escape-layer.ts';
import {
  isSystemError,
  join,
  O_CREAT,
  O_EXCL,
  O_WRONLY,
  type FileSystem,
  type Host,
  type Path,
  type SystemError,
} from '../../host/index.ts';

/** What a trial mount tells about overlayfs on a kernel, a filesystem and with given mount options. */
export interface OverlayTrial {
  /** Whether a change of metadata copies the metadata alone (metacopy). */
  readonly usingMetacopy: boolean;
  /** Why the changes of a layer cannot be read from its upper directory alone; `undefined` where they can. */
  readonly noNativeDiff: string | undefined;
}

/**
 * Mounts an overlay with two lower layers in an empty directory, and tries on it what Docker tries: whether the opaque
 * mark of a lower directory wrongly travels up, whether directories are renamed with a redirect, whether metadata are
 * copied without their data. Docker mounts three times for that, without the options its real mounts have.
 * @throws SystemError of mount(2) where overlay cannot be mounted
 */
export function tryOverlay(host: Host, scratch: Path, options: readonly string[]): OverlayTrial {
  const trial = new Trial(host, scratch, options.includes('userxattr') ? 'user' : 'trusted');
  trial.prepare();
  const at = (name: string): string => escapeLayer(join(scratch, name));
  const layers = [`lowerdir=${at('l2')}:${at('l1')}`, `upperdir=${at('l3')}`, `workdir=${at('work')}`];
  const merged = join(scratch, 'merged');
  host.mount.mount('overlay', merged, 'overlay', 0, [...options, ...layers].join(','));
  try {
    return { noNativeDiff: trial.whyNoNativeDiff(), usingMetacopy: trial.usesMetacopy() };
  } finally {
    host.mount.umount2(merged, 0);
  }
}

class Trial {
  readonly #fs: FileSystem;
  readonly #scratch: Path;
  readonly #xattrs: string;
  #opaqueError: SystemError | undefined;

  constructor({ fs }: Host, scratch: Path, xattrs: 'trusted' | 'user') {
    this.#fs = fs;
    this.#scratch = scratch;
    this.#xattrs = `${xattrs}.overlay`;
  }

  prepare(): void {
    for (const name of ['l1', 'l1/d', 'l1/d1', 'l2', 'l2/d', 'l3', 'work', 'merged']) {
      this.#fs.mkdir(join(this.#scratch, name), 0o755);
    }
    this.#createFile('l1/f', 0o700);
    try {
      this.#fs.lsetxattr(join(this.#scratch, 'l2/d'), `${this.#xattrs}.opaque`, Buffer.from('y'));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#opaqueError = error;
    }
  }

  whyNoNativeDiff(): string | undefined {
    if (this.#opaqueError) return `failed to set opaque flag on middle layer: ${this.#opaqueError.message}`;
    this.#createFile('merged/d/f', 0o644);
    if (this.#xattr('l3/d', 'opaque') === 'y') {
      return 'opaque flag erroneously copied up, consider updating to kernel 4.8 or later to fix';
    }
    return this.#renamesWithRedirect() ? 'kernel has CONFIG_OVERLAY_FS_REDIRECT_DIR enabled' : undefined;
  }

  /** A rename that fails with EXDEV is the good case: directories are never redirected. */
  #renamesWithRedirect(): boolean {
    try {
      this.#fs.rename(join(this.#scratch, 'merged/d1'), join(this.#scratch, 'merged/d2'));
    } catch (error) {
      if (isSystemError(error, 'EXDEV')) return false;
      throw error;
    }
    return this.#xattr('l3/d2', 'redirect') === 'd1';
  }

  usesMetacopy(): boolean {
    this.#fs.chmod(join(this.#scratch, 'merged/f'), 0o600);
    return this.#xattr('l3/f', 'metacopy') !== undefined;
  }

  #createFile(name: string, mode: number): void {
    this.#fs.close(this.#fs.open(join(this.#scratch, name), O_WRONLY | O_CREAT | O_EXCL, mode));
  }

  #xattr(name: string, attribute: string): string | undefined {
    try {
      const value = this.#fs.lgetxattr(join(this.#scratch, name), `${this.#xattrs}.${attribute}`);
      return Buffer.from(value).toString('latin1');
    } catch (error) {
      if (isSystemError(error, 'ENODATA', 'EOPNOTSUPP')) return undefined;
      throw error;
    }
  }
}
