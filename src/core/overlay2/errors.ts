import { errno, errorCode, errorText, SystemError, textFromPath, type Path } from '../../host/index.ts';
import type { LayerId, ParentId } from '../layer-id.ts';
import { maxLowers } from './layout.ts';

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

/** A layer would have more layers below it than a mount can have. Nothing was created. */
export class MaxDepthError extends SystemError {
  constructor(id: LayerId, depth: number) {
    super(errno.EINVAL, 'create layer', id);
    this.message = `max depth exceeded: layer ${id} would have ${depth} layers below it, the limit is ${maxLowers}`;
  }
}

/** No layer with this id. */
export class UnknownLayerError extends SystemError {
  constructor(id: LayerId, operation: string) {
    super(errno.ENOENT, operation, id);
    this.message = `ENOENT: no such layer, ${operation} '${id}'`;
  }
}

/** A layer with this id is there already. */
export class LayerExistsError extends SystemError {
  constructor(id: LayerId) {
    super(errno.EEXIST, 'create layer', id);
    this.message = `EEXIST: layer exists already, create layer '${id}'`;
  }
}

/** The layer is held: mounted, or its directory given out. Nothing was changed. */
export class LayerBusyError extends SystemError {
  constructor(id: LayerId, operation: string, holders: number) {
    super(errno.EBUSY, operation, id);
    const who = holders > 0 ? `${holders} holder${holders === 1 ? '' : 's'}` : 'a mount that nobody here counts';
    this.message = `EBUSY: layer is in use by ${who}, ${operation} '${id}'; put it first`;
  }
}

/** What is on disk of a layer cannot be right. */
export class DamagedLayerError extends SystemError {
  constructor(id: ParentId, what: string) {
    super(errno.EIO, 'read layer', id);
    this.message = `EIO: layer '${id}' is damaged: ${what}; \`check --repair\` may mend it`;
  }
}
