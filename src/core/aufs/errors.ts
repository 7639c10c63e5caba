import { errno, errorCode, errorText, SystemError, textFromPath, type Path } from '../../host/index.ts';
import { NotSupportedError } from '../errors.ts';
import type { LayerId } from '../layer-id.ts';
import { maxBelow } from './layout.ts';

/** The kernel has no aufs, or not for this process. The texts are Docker's. */
export class AufsNotSupportedError extends NotSupportedError {
  override readonly name = 'AufsNotSupportedError';
  constructor(why: 'not found' | 'nested') {
    super();
    this.message =
      why === 'not found'
        ? 'AUFS was not found in /proc/filesystems'
        : 'AUFS cannot be used in non-init user namespace';
  }
}

/** A layer would have more layers below it than a mount can have. Nothing was created. */
export class MaxDepthError extends SystemError {
  constructor(id: LayerId, depth: number) {
    super(errno.EINVAL, 'create layer', id);
    this.message = `max depth exceeded: layer ${id} would have ${depth} layers below it, the limit is ${maxBelow}`;
  }
}

/** The kernel refused a mount or a remount; the text is Docker's. `errno` and `code` are the kernel's. */
export class AufsMountError extends SystemError {
  constructor(target: Path, what: string, cause: SystemError) {
    super(cause.errno, cause.syscall, target);
    const code = errorCode(-cause.errno);
    const text = code === undefined ? cause.code : errorText(code);
    const name = textFromPath(target);
    this.message = `error creating aufs mount to ${name}: mount target=${name} ${what}: ${text}`;
    this.cause = cause;
  }
}

/** There is no way to write the mount's options; nothing was mounted. */
export class AufsMountRefusedError extends SystemError {
  constructor(target: Path, reason: string) {
    super(errno.E2BIG, 'mount', target);
    this.message = `error creating aufs mount to ${textFromPath(target)}: ${reason}`;
  }
}
