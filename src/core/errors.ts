/**
 * The errors of choosing a driver, with the texts of the seed (driver.go). They are told apart by class, not by text, so
 * that one may carry more words of its own.
 */
export class DriverError extends Error {
  override readonly name: string = 'DriverError';
}

/** The driver does not work on this host; the registry tries the next one. */
export class NotSupportedError extends DriverError {
  override readonly name = 'NotSupportedError';
  constructor(why?: string) {
    super(withReason('driver not supported', why));
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
export function isSkippable(error: unknown): boolean {
  return (
    error instanceof NotSupportedError ||
    error instanceof PrerequisitesError ||
    error instanceof IncompatibleFilesystemError
  );
}
