import { errno, errorCode, errorText, SystemError, textFromPath, type Path } from '../../host/index.ts';

/** The kernel refused a layer's mount; the text is Docker's. `errno` and `code` are the kernel's. */
export class OverlayMountError extends SystemError {
  constructor(merged: Path, cause: SystemError) {
    super(cause.errno, cause.syscall, merged);
    const code = errorCode(-cause.errno);
    this.message = `error creating overlay mount to ${textFromPath(merged)}: ${code ? errorText(code) : cause.code}`;
    this.cause = cause;
  }
}

/** The mount's options do not fit any call; the reason says how long they are and what was tried. */
export class MountTooLongError extends SystemError {
  constructor(merged: Path, reason: string) {
    super(errno.E2BIG, 'mount', merged);
    this.message = reason;
  }
}
