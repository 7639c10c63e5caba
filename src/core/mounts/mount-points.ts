import { dirname, isSystemError, MNT_DETACH, type Host, type Path } from '../../host/index.ts';

/**
 * Whether something is mounted on the directory: it is on another device than the directory above it. Unlike its
 * filesystem's type (Docker's way), that is right on a root that is itself an overlay. A bind mount from the same
 * filesystem is not seen; no driver makes one.
 */
export function isMountPoint(host: Host, path: Path): boolean {
  const found = host.fs.lstatIfExists(path);
  return found !== undefined && found.dev !== host.fs.lstat(dirname(path)).dev;
}

/**
 * Detaches all mounts below a directory, the last first; one on the directory itself stays. The directory's path must be
 * free of symlinks, as the mount table's are (real-path.ts).
 */
export function detachMountsBelow(host: Host, directory: Path): void {
  const targets = host.mount.table().map(({ target }) => target);
  for (const target of targets.reverse()) {
    if (target.startsWith(`${directory}/`)) detach(host, target);
  }
}

function detach(host: Host, target: Path): void {
  try {
    host.mount.umount2(target, MNT_DETACH);
  } catch (error) {
    // Gone with a mount above it, or by another process.
    if (!isSystemError(error, 'EINVAL', 'ENOENT')) throw error;
  }
}
