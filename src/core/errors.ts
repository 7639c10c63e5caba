/**
 * The errors of choosing a driver, with the texts of the seed (driver.go). They are told apart by class, not by text, so
 * that one may carry more words of its own.
 */
export class DriverError extends Error {
  override readonly name: string = 'DriverError';
}

/** The driver does not work on this host; the registry tries the next one. */
export class NotSupportedError extends DriverError {
  override readonly name: string = 'NotSupportedError';
  /** The cause is what a system call refused, where that is why. */
  constructor(why?: string, options?: ErrorOptions) {
    super(withReason('driver not supported', why), options);
  }
}

/** The filesystem below the home does not tell the types of directory entries, without which overlayfs goes wrong. */
export class DTypeNotSupportedError extends NotSupportedError {
  override readonly name = 'DTypeNotSupportedError';
  constructor(driver: string, backingFilesystem: string) {
    super();
    const harm = 'is formatted without d_type support, which leads to incorrect behavior.';
    const remedy = dTypeRemedies.get(backingFilesystem) ?? '';
    const rule = ' Backing filesystems without d_type support are not supported.';
    this.message = `${driver}: the backing ${backingFilesystem} filesystem ${harm}${remedy}${rule}`;
  }
}

const dTypeRemedies = new Map([
  ['xfs', ' Reformat the filesystem with ftype=1 to enable d_type support.'],
  ['extfs', ' Reformat the filesystem (or use tune2fs) with -O filetype flag to enable d_type support.'],
]);

/** A driver that Docker has had, and has no more. */
export class RemovedDriverError extends NotSupportedError {
  override readonly name = 'RemovedDriverError';
  constructor(driver: string) {
    super();
    const link = 'https://docs.docker.com/go/storage-driver/';
    this.message = `[graphdriver] ERROR: the ${driver} storage-driver has been deprecated and removed; visit ${link} for more information`;
  }
}

/** Something the driver needs is missing; the registry tries the next one. */
export class PrerequisitesError extends DriverError {
  override readonly name = 'PrerequisitesError';
  constructor(why?: string) {
    super(withReason('prerequisites for driver not satisfied (wrong filesystem?)', why));
  }
}

/** The filesystem below the home cannot carry the driver; the registry tries the next one. */
export class IncompatibleFilesystemError extends DriverError {
  override readonly name = 'IncompatibleFilesystemError';
  constructor(why?: string) {
    super(withReason('backing file system is unsupported for this graph driver', why));
  }
}

function withReason(text: string, why: string | undefined): string {
  return why === undefined ? text : `${text}: ${why}`;
}

/** Whether the registry goes on to the next driver after this error. */
export function isSkippable(
  error: unknown,
): error is NotSupportedError | PrerequisitesError | IncompatibleFilesystemError {
  return (
    error instanceof NotSupportedError ||
    error instanceof PrerequisitesError ||
    error instanceof IncompatibleFilesystemError
  );
}
